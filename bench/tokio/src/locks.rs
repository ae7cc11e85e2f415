//! Locks that nobody else wants, that a hundred want, and a limit on jobs.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::yield_now;

pub async fn mutex_free(count: usize) {
    let mutex = Mutex::new(());
    let mut total = 0;
    for _ in 0..count {
        let _guard = mutex.lock().await;
        total += 1;
    }
    assert_eq!(total, count);
}

pub async fn mutex_contended(count: usize, tasks: usize) {
    let mutex = Arc::new(Mutex::new(0));
    let child = |_| {
        let mutex = mutex.clone();
        tokio::spawn(async move {
            for _ in 0..count / tasks {
                let mut total = mutex.lock().await;
                let before = *total;
                yield_now().await;
                *total = before + 1;
            }
        })
    };
    let handles: Vec<_> = (0..tasks).map(child).collect();
    for handle in handles {
        handle.await.unwrap();
    }
    assert_eq!(*mutex.lock().await, count);
}

pub async fn semaphore(count: usize, limit: usize) {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    MOST.store(0, Relaxed);
    let semaphore = Arc::new(Semaphore::new(limit));
    let job = |_| {
        let semaphore = semaphore.clone();
        tokio::spawn(async move {
            let _permit = semaphore.acquire().await.unwrap();
            MOST.fetch_max(RUNNING.fetch_add(1, Relaxed) + 1, Relaxed);
            yield_now().await;
            RUNNING.fetch_sub(1, Relaxed);
            1
        })
    };
    let handles: Vec<_> = (0..count).map(job).collect();
    let mut total = 0;
    for handle in handles {
        total += handle.await.unwrap();
    }
    assert_eq!((total, MOST.load(Relaxed)), (count, limit));
}
