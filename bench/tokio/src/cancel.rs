//! Tasks that wait for ever, three calls deep, and are aborted. A `Drop` stands for a `finally`.

use crate::{Readings, Stopwatch};
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::task::yield_now;

static WAITING: AtomicUsize = AtomicUsize::new(0);
static CLEANUPS: AtomicUsize = AtomicUsize::new(0);

struct Finally;

impl Drop for Finally {
    fn drop(&mut self) {
        CLEANUPS.fetch_add(1, Relaxed);
    }
}

async fn inner() {
    let _finally = Finally;
    WAITING.fetch_add(1, Relaxed);
    pending().await
}

async fn middle() {
    let _finally = Finally;
    inner().await
}

async fn outer() {
    let _finally = Finally;
    middle().await
}

pub async fn abort(count: usize) -> Readings {
    WAITING.store(0, Relaxed);
    CLEANUPS.store(0, Relaxed);
    let mut watch = Stopwatch::start();
    let handles: Vec<_> = (0..count).map(|_| tokio::spawn(outer())).collect();
    while WAITING.load(Relaxed) < count {
        yield_now().await;
    }
    let setup = watch.lap(count);
    for handle in &handles {
        handle.abort();
    }
    for handle in handles {
        assert!(handle.await.is_err());
    }
    let abort = watch.lap(count);
    assert_eq!(CLEANUPS.load(Relaxed), 3 * count);
    vec![("setup", setup), ("abort", abort)]
}
