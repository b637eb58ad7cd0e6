//! The signer as a process: another system user's, or a child.

use crate::running::Running;
use crate::signer::{asked, own_user};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The system users of the test that needs two.
const SIGNER: u32 = 61_001;
const WEB: u32 = 61_002;

/// A folder of a user, which others may not enter or may.
fn folder_of(user: u32, path: &Path, mode: u32) {
    std::fs::create_dir(path).unwrap();
    std::os::unix::fs::chown(path, Some(user), Some(WEB)).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).unwrap();
}

/// As the shipped units have it: the signer is a user of its own in the server's group.
#[test]
fn another_system_user_holds_the_keys() {
    use std::os::unix::process::CommandExt as _;
    if own_user() != 0 {
        eprintln!("SKIPPED: two system users need root");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    // Where the tests are built, others may not be let in.
    let program = folder.path().join("vaora");
    std::fs::copy(env!("CARGO_BIN_EXE_vaora"), &program).unwrap();
    let [run, keys, data] = ["run", "keys", "data"].map(|name| folder.path().join(name));
    folder_of(SIGNER, &run, 0o750);
    folder_of(SIGNER, &keys, 0o700);
    folder_of(WEB, &data, 0o700);
    let socket = run.join("socket");
    let by = |user: u32| {
        let mut command = std::process::Command::new(&program);
        command
            .env_clear()
            .current_dir(folder.path())
            .uid(user)
            .gid(WEB);
        command
    };
    let mut signer = by(SIGNER);
    signer.arg("signer").arg("--socket").arg(&socket);
    signer.arg("--keys").arg(&keys).args(["--allow", "61002"]);
    let mut signer = signer.stdout(Stdio::null()).spawn().unwrap();
    let mut server = by(WEB);
    server
        .arg("serve")
        .arg("--data")
        .arg(&data)
        .arg("--signer")
        .arg(&socket);
    let server = server.args(["--listen", "127.0.0.1:0"]);
    let running = Running::ready(server);
    // The server has lists signed, by keys that it cannot read.
    let list = running.get("/api/v1/status-list");
    assert!(list.starts_with("HTTP/1.1 200"), "{list}");
    let published = running.get("/api/v1/keys");
    assert!(published.contains("vaora-keys-1"), "{published}");
    for secret in ["root.key", "issuer"] {
        assert!(keys.join(secret).exists());
        assert!(
            !data.join("keys").join(secret).exists(),
            "the server has none"
        );
        let mut reading = std::process::Command::new("ls");
        let read = reading.arg(keys.join(secret)).uid(WEB).gid(WEB).output();
        assert!(
            !read.unwrap().status.success(),
            "{secret} is not to be seen"
        );
    }
    // Others who may reach the socket, were it open, are not answered: root is not the server.
    let asked = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(asked(&socket));
    assert!(asked.is_err());
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    signer.kill().unwrap();
    signer.wait().unwrap();
}

/// The programs that a program started.
fn children(of: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let started = numbers.filter(|pid| {
        // After the name, which is in parentheses: state, then the parent.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let mut fields = rest.split(' ');
        fields.next() != Some("Z") && fields.next() == Some(of.to_string().as_str())
    });
    started.collect()
}

#[test]
fn a_child_is_started_again_when_it_is_killed_and_ends_with_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &[]);
    let first = children(running.pid());
    assert_eq!(first.len(), 1, "a signer of its own");
    let kill = |pid: u32| {
        let pid = pid.to_string();
        std::process::Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
    };
    assert!(kill(first[0]).success());
    // Whoever asks meanwhile waits a moment; where programs start slowly, they are asked to come again.
    let begun = Instant::now();
    let list = loop {
        let list = running.get("/api/v1/status-list");
        let busy = list.starts_with("HTTP/1.1 503");
        if !busy || begun.elapsed() > Duration::from_secs(20) {
            break list;
        }
    };
    assert!(list.starts_with("HTTP/1.1 200"), "{list}");
    let second = children(running.pid());
    assert!(
        second.len() == 1 && second != first,
        "{first:?}, {second:?}"
    );
    assert!(kill(running.pid()).success());
    let begun = Instant::now();
    while Path::new(&format!("/proc/{}", second[0])).exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it goes on alone"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
