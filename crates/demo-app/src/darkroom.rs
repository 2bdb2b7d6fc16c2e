//! Painted photos, developed on first sight and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use bytes::Bytes;
use tokio::sync::{OnceCell, Semaphore};

use crate::art::{Subject, develop};

/// Developed pictures kept: two sizes of every seeded photo fit.
const PRINTS_MAX: usize = 160;
/// Pictures developed at once, so that a gallery's first visit leaves the other requests a core.
const DEVELOPING_MAX: usize = 2;

/// The two sizes a photo is served in, by its long edge in pixels.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Size {
    Thumbnail,
    Original,
}

impl Size {
    pub(crate) fn long_edge(self) -> u16 {
        match self {
            Self::Thumbnail => 800,
            Self::Original => 1600,
        }
    }
}

type Print = Arc<OnceCell<Bytes>>;

pub(crate) struct Darkroom {
    prints: Mutex<HashMap<(u32, Size), Print>>,
    bench: Arc<Semaphore>,
}

impl Default for Darkroom {
    fn default() -> Self {
        Self {
            prints: Mutex::new(HashMap::new()),
            bench: Arc::new(Semaphore::new(DEVELOPING_MAX)),
        }
    }
}

impl Darkroom {
    /// The JPEG of `subject`, which is photo number `id`.
    pub(crate) async fn print(
        &self,
        id: u32,
        subject: Subject,
        size: Size,
        exif: Vec<u8>,
    ) -> anyhow::Result<Bytes> {
        let bench = Arc::clone(&self.bench);
        let developed = self.place(id, size);
        let bytes = developed.get_or_try_init(|| async move {
            let _seat = bench
                .acquire_owned()
                .await
                .context("the darkroom is closed")?;
            let work = move || develop(subject, size.long_edge(), &exif);
            let file = tokio::task::spawn_blocking(work)
                .await
                .context("developing panicked")??;
            anyhow::Ok(Bytes::from(file))
        });
        bytes.await.cloned()
    }

    fn place(&self, id: u32, size: Size) -> Print {
        let mut prints = self.prints.lock().unwrap_or_else(PoisonError::into_inner);
        if prints.len() >= PRINTS_MAX && !prints.contains_key(&(id, size)) {
            prints.clear();
        }
        Arc::clone(prints.entry((id, size)).or_default())
    }
}
