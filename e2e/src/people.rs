//! People and what they do often: sign in, register a venue, declare, set up an office.

use crate::browser::Browser;
use crate::server::Server;
use anyhow::Context;
use std::time::{SystemTime, UNIX_EPOCH};

/// Somebody made up.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The whole name.
    pub name: &'static str,
    /// The number, as it is typed.
    pub phone: &'static str,
}

/// Registers venues.
pub const OWNER: Person = Person {
    name: "Trần Thị Mẫu",
    phone: "0905 000 101",
};
/// Carries a code.
pub const HOLDER: Person = Person {
    name: "Nguyễn Văn Thử",
    phone: "0905 000 102",
};
/// Is on duty.
pub const ATTENDANT: Person = Person {
    name: "Lê Thị Ví Dụ",
    phone: "0905 000 103",
};
/// Has no account and no time.
pub const PASSER_BY: Person = Person {
    name: "Phạm Văn Giả Định",
    phone: "0905 000 104",
};

/// An officer who has an account.
#[derive(Clone, Debug)]
pub struct Officer {
    /// What is typed first.
    pub login: String,
    /// The password.
    pub password: String,
    /// The secret that codes grow from.
    pub secret: Vec<u8>,
}

impl Officer {
    /// The code of now, or of some steps of 30 seconds later.
    pub fn code(&self, steps: u64) -> anyhow::Result<String> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the officer's phone has a clock of its own"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let totp = totp_rs::Builder::new()
            .with_secret(self.secret.clone())
            .build_noncompliant();
        Ok(totp.generate(now + 30 * steps).to_string())
    }
}

impl Browser {
    /// Proves a number with the code that is sent to it, after `before` earlier messages.
    pub async fn type_code(
        &self,
        server: &Server,
        person: Person,
        before: usize,
    ) -> anyhow::Result<()> {
        self.fill("otp", &server.sms.code(person.phone, before)?)
            .await
    }

    /// Signs in with phone, code and, the first time, a name.
    pub async fn sign_in(&self, server: &Server, person: Person) -> anyhow::Result<()> {
        let before = server.sms.count(person.phone);
        self.visit("/sign-in").await?;
        self.fill("phone", person.phone).await?;
        self.follow("Gửi mã").await?;
        self.type_code(server, person, before).await?;
        self.follow("Xác nhận").await?;
        if self.path().await? == "/sign-in/name" {
            self.fill("name", person.name).await?;
            self.follow("Tạo mã của tôi").await?;
        }
        Ok(())
    }

    /// The square of the own code that does not change.
    pub async fn fixed_square(&self) -> anyhow::Result<fantoccini::elements::Element> {
        self.one("[data-square] canvas").await?;
        self.press("Đổi loại mã").await?;
        let square = self.one("[data-square] svg").await?;
        // Pressing the button has scrolled: a picture of the square is not to have a bar across it.
        let top = "scrollTo({ top: 0, behavior: 'instant' });";
        self.client.execute(top, vec![]).await?;
        Ok(square)
    }

    /// Registers a market in three steps and returns the path of its board.
    pub async fn register_venue(
        &self,
        server: &Server,
        owner: Person,
        name: &str,
    ) -> anyhow::Result<String> {
        self.visit("/venues/new").await?;
        self.describe_venue(name).await?;
        self.follow("Tiếp tục").await?;
        self.fill("person", owner.name).await?;
        self.fill("phone", owner.phone).await?;
        let before = server.sms.count(owner.phone);
        self.follow("Gửi mã").await?;
        self.type_code(server, owner, before).await?;
        self.leaving().await?;
        self.press_primary().await?;
        self.arrived().await?;
        let path = self.path().await?;
        anyhow::ensure!(
            path.starts_with("/venues/") && !path.contains("/new"),
            "registered at {path}"
        );
        Ok(path)
    }

    /// Fills in what a venue is.
    pub async fn describe_venue(&self, name: &str) -> anyhow::Result<()> {
        self.fill("name", name).await?;
        self.choose("kind", "market").await?;
        self.choose("province", "46").await?;
        self.choose("commune", "19753").await?;
        self.fill("address", "12 đường Thử Nghiệm").await?;
        self.fill("expected", "300").await?;
        self.answer("hours", "always").await
    }

    /// Presses the one button that matters most.
    pub async fn press_primary(&self) -> anyhow::Result<()> {
        self.touch(&self.one("main .button--primary").await?).await
    }

    /// Fills in the first step of a declaration.
    pub async fn describe_person(&self) -> anyhow::Result<()> {
        self.fill("birth_year", "1987").await?;
        self.answer("gender", "male").await?;
        if self.value("nation").await?.is_empty() {
            self.fill("nation", "Việt Nam").await?;
        }
        self.choose("province", "46").await?;
        self.choose("commune", "19753").await?;
        self.fill("address", "8 kiệt Ví Dụ").await
    }

    /// Answers No to everything that is asked about health.
    pub async fn answer_health(&self) -> anyhow::Result<()> {
        for question in [
            "symptoms",
            "met_case",
            "met_traveller",
            "met_symptoms",
            "passed",
        ] {
            self.answer(question, "no").await?;
        }
        Ok(())
    }

    /// Declares from beginning to end.
    pub async fn declare(&self) -> anyhow::Result<()> {
        self.visit("/declarations/new").await?;
        self.describe_person().await?;
        self.follow("Tiếp tục").await?;
        self.answer_health().await?;
        self.follow("Tiếp tục").await?;
        self.answer("consent", "yes").await?;
        self.follow("Gửi tờ khai").await
    }

    /// The link that a server without officers gives to whoever started it.
    pub fn set_up_link(&self, server: &Server) -> anyhow::Result<String> {
        let mut words = server.said.iter().flat_map(|line| line.split_whitespace());
        let link = words.find(|word| word.contains("/set-up/"));
        Ok(link
            .with_context(|| format!("no link to set up: {:?}", server.said))?
            .to_owned())
    }

    /// Sets up an installation for Huế by the link the server gave, as its first officer.
    pub async fn set_up(&self, server: &Server) -> anyhow::Result<Officer> {
        self.set_up_for(server, "46").await
    }

    /// The same for any province, or for the nation.
    pub async fn set_up_for(&self, server: &Server, unit: &str) -> anyhow::Result<Officer> {
        self.visit(&self.set_up_link(server)?).await?;
        self.choose("area", unit).await?;
        self.leaving().await?;
        self.touch(&self.one("form[method=get] button").await?)
            .await?;
        self.arrived().await?;
        self.choose("unit", unit).await?;
        self.fill("controller", "Sở Y tế thử nghiệm").await?;
        self.fill("hotline", "0234 000 0000").await?;
        self.fill("name", "Hoàng Thị Mẫu").await?;
        self.fill("login", "hoang-mau").await?;
        self.follow("Tiếp tục").await?;
        self.enrol("hoang-mau").await
    }

    /// Accepts an invitation: a password, and an authenticator that knows the secret.
    pub async fn enrol(&self, login: &str) -> anyhow::Result<Officer> {
        let secret = self
            .one(".enrol__secret")
            .await?
            .text()
            .await?
            .replace(' ', "");
        let officer = Officer {
            login: login.to_owned(),
            password: "thuyen ghe ben song luc chieu".to_owned(),
            secret: data_encoding::BASE32_NOPAD.decode(secret.as_bytes())?,
        };
        self.fill("password", &officer.password).await?;
        self.fill("again", &officer.password).await?;
        self.fill("code", &officer.code(0)?).await?;
        self.leaving().await?;
        self.press_primary().await?;
        self.arrived().await?;
        let path = self.path().await?;
        anyhow::ensure!(!path.starts_with("/invitations"), "{}", self.read().await?);
        Ok(officer)
    }
}
