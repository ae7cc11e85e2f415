//! The questions that are one stretch of work.

use crate::Boxed;
use std::{future::pending, hint::black_box, time::Duration};
use tokio::task::yield_now;

pub async fn spawn(waves: usize, wave: usize) {
    for _ in 0..waves {
        let handles: Vec<_> = (0..wave).map(|n| tokio::spawn(async move { n })).collect();
        let mut total = 0;
        for handle in handles {
            total += handle.await.unwrap();
        }
        assert_eq!(total, wave * (wave - 1) / 2);
    }
}

pub async fn yields(tasks: usize, times: usize) {
    let child = move || async move {
        for _ in 0..times {
            yield_now().await;
        }
    };
    let handles: Vec<_> = (0..tasks).map(|_| tokio::spawn(child())).collect();
    for handle in handles {
        handle.await.unwrap();
    }
}

async fn leaf(yields: u32) -> u64 {
    for _ in 0..yields {
        yield_now().await;
    }
    1
}

/// Boxed at every level, as Rust wants it of a recursive async function.
fn descend(levels: u32, yields: u32) -> Boxed<u64> {
    Box::pin(async move {
        match levels {
            0 => leaf(yields).await,
            _ => 1 + descend(levels - 1, yields).await,
        }
    })
}

/// Serves `depth` (many descents) and `resume` (many yields at the bottom of each).
pub async fn calls(times: usize, depth: u32, yields: u32) {
    let mut total = 0;
    for _ in 0..times {
        total += descend(depth, yields).await;
    }
    assert_eq!(total, times as u64 * (depth as u64 + 1));
}

/// Hidden from the optimizer, which would otherwise answer for ready children without asking them.
async fn child(n: usize, yields: bool) -> usize {
    if yields {
        yield_now().await;
    }
    black_box(n)
}

pub async fn join_ten(times: usize, yields: bool) {
    for _ in 0..times {
        let f = |n| child(n, yields);
        black_box(tokio::join!(f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9)));
    }
}

pub async fn join_many(times: usize, many: usize) {
    for _ in 0..times {
        let results = futures::future::join_all((0..many).map(|n| child(n, true))).await;
        assert_eq!(results.len(), many);
    }
}

pub async fn select(times: usize) {
    async fn never() -> usize {
        pending().await
    }
    let mut total = 0;
    for _ in 0..times {
        total += tokio::select! {
            n = child(1, true) => n,
            n = never() => n,
        };
    }
    assert_eq!(total, times);
}

pub async fn timeout(times: usize) {
    let mut total = 0;
    for _ in 0..times {
        total += tokio::time::timeout(Duration::from_secs(30), child(1, true)).await.unwrap();
    }
    assert_eq!(total, times);
}

fn node(first: u64, size: u64) -> Boxed<u64> {
    Box::pin(async move {
        if size == 1 {
            return first;
        }
        let child = |i| tokio::spawn(node(first + i * size / 10, size / 10));
        let handles: Vec<_> = (0..10).map(child).collect();
        let mut total = 0;
        for handle in handles {
            total += handle.await.unwrap();
        }
        total
    })
}

pub async fn skynet(leaves: u64) {
    assert_eq!(node(0, leaves).await, leaves * (leaves - 1) / 2);
}
