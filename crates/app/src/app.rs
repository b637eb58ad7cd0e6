//! The application: everything a request needs, made once.

use crate::card_list::CardList;
use crate::clock::Clock;
use crate::config::Config;
use crate::gate_list::GateList;
use crate::gates::Gates;
use crate::gateway::Gateway;
use crate::queue_key::QueueKey;
use crate::reading::CodeReader;
use crate::signer::Signer;
use crate::tls;
use crate::web::api::lists::KeptStatus;
use crate::web::api::unpacking::Unpacking;
use domain::retention::Retention;
use domain::time::{Timestamp, Zone};
use std::sync::{Arc, PoisonError, RwLock};
use store::Store;
use store::admissions::Admissions;
use store::units::Units;

/// What handlers are given.
pub type AppState = Arc<App>;

/// Everything a request needs.
#[derive(Debug)]
pub struct App {
    /// Where things are kept.
    pub store: Store,
    /// The one way in for scans.
    pub admissions: Admissions,
    /// What time it is.
    pub clock: Clock,
    /// The settings this process was started with.
    pub config: Config,
    /// Whom to ask for signatures, and for the keys that verify them.
    pub signer: Signer,
    /// Sends one-time codes.
    pub gateway: Arc<dyn Gateway>,
    /// Reads codes and remembers which were genuine.
    pub codes: CodeReader,
    /// What device tokens may record for.
    pub gates: Gates,
    /// Opens what gates sealed while they had no network.
    pub queue_key: QueueKey,
    /// The state of every card, packed.
    pub card_list: CardList,
    /// The status list as it was last built.
    pub status: KeptStatus,
    /// The certificate that is shown, when TLS is spoken here.
    pub tls: Option<tls::Shown>,
    /// The list that gates hold, as it was last built.
    pub gate_list: GateList,
    /// The room for bodies that came packed.
    pub unpacking: Unpacking,
    units: RwLock<Arc<Units>>,
}

impl App {
    /// Opens everything the configuration names.
    pub async fn open(
        config: Config,
        clock: Clock,
        gateway: Arc<dyn Gateway>,
    ) -> anyhow::Result<AppState> {
        let store = Store::open(&config.store()).await?;
        Self::over(store, config, clock, gateway).await
    }

    /// Opens everything but the store, which is open already.
    pub async fn over(
        store: Store,
        config: Config,
        clock: Clock,
        gateway: Arc<dyn Gateway>,
    ) -> anyhow::Result<AppState> {
        let now = clock.now();
        let shown = config.tls.clone().map(|files| tls::Shown::open(files, now));
        let tls = shown.transpose()?;
        let keys = store.keys().folder();
        let signer = Signer::open(config.signer.as_deref(), keys, &clock).await?;
        store.allot_by(signer.allots());
        let queue_key = QueueKey::open(store.keys().folder())?;
        let units = store.read().await?.units(store.zone().day(now)).await?;
        let admissions = Admissions::start(store.clone(), config.retention());
        let units = RwLock::new(Arc::new(units));
        let (codes, gates) = (CodeReader::default(), Gates::default());
        Ok(Arc::new(Self {
            codes,
            gates,
            store,
            admissions,
            clock,
            config,
            signer,
            gateway,
            queue_key,
            card_list: CardList::default(),
            status: KeptStatus::default(),
            tls,
            gate_list: GateList::default(),
            unpacking: Unpacking::default(),
            units,
        }))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The tree of units.
    pub fn units(&self) -> Arc<Units> {
        Arc::clone(&self.units.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the tree of units again, after it changed.
    pub async fn reload_units(&self) -> Result<(), store::Error> {
        let units = self
            .store
            .read()
            .await?
            .units(self.zone().day(self.now()))
            .await?;
        *self.units.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(units);
        Ok(())
    }

    /// Whether people and visits are made up here.
    pub const fn demo(&self) -> bool {
        self.config.demo
    }

    /// The zone in which days begin and end.
    pub const fn zone(&self) -> Zone {
        self.store.zone()
    }

    /// How long things live.
    pub const fn retention(&self) -> Retention {
        self.config.retention()
    }

    /// Whether people reach this installation over HTTPS.
    pub fn secure(&self) -> bool {
        let public = self.config.public_url.as_deref();
        self.tls.is_some() || public.is_some_and(|url| url.starts_with("https://"))
    }

    /// The name of the session cookie; the `__Host-` prefix needs HTTPS.
    pub fn cookie_name(&self) -> &'static str {
        if self.secure() {
            "__Host-vaora"
        } else {
            "vaora"
        }
    }
}
