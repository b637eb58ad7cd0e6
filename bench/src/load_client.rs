//! The least HTTP/1.1 client that checks what it gets: one connection, one request at a time.

use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A kept-alive connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Sends a request and gives the body of the answer, which must be 200.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        let head = self.exchange(request).await?;
        if !self.buffer.starts_with(b"HTTP/1.1 200 ") {
            bail!(
                "the server answered {}",
                String::from_utf8_lossy(&self.buffer)
            );
        }
        Ok(&self.buffer[head..])
    }

    /// Sends a request and gives the status of the answer, and where it leads.
    pub(crate) async fn led(&mut self, request: &[u8]) -> Result<(u16, String)> {
        let head = self.exchange(request).await?;
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text.split(' ').nth(1).context("a status")?.parse()?;
        let location = text.split("\r\n").filter_map(|line| line.split_once(':'));
        let mut location = location.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
        let location = location.next().map(|(_, to)| to.trim().to_owned());
        Ok((status, location.unwrap_or_default()))
    }

    /// Sends a request and reads the whole answer; how long its head is.
    async fn exchange(&mut self, request: &[u8]) -> Result<usize> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some((head, length)) = head(&self.buffer)?
                && self.buffer.len() >= head + length
            {
                return Ok(head);
            }
        }
    }
}

/// Length of the head and of the body, once the head is whole.
fn head(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..end])?;
    let length = text
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without a length")?;
    Ok(Some((end + 4, length.1.trim().parse()?)))
}

/// Where a piece begins.
pub(crate) fn find(bytes: &[u8], piece: &[u8]) -> Option<usize> {
    bytes
        .windows(piece.len())
        .position(|window| window == piece)
}

/// The request for a server's health.
pub(crate) const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n";

/// Asks for a server's health once.
pub(crate) async fn ask(server: SocketAddr) -> Result<()> {
    let mut client = Client::connect(server).await?;
    client.ask(HEALTH).await?;
    Ok(())
}
