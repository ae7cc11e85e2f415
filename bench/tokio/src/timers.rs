//! Timers on their own, and the memory of sleeping tasks.

use crate::{Readings, Stopwatch};
use std::future::{poll_fn, Future};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use std::{pin::Pin, thread};
use tokio::sync::Notify;
use tokio::task::{unconstrained, yield_now};
use tokio::time::{sleep, Sleep};

/// The delays of `bench/questions/timers.ts`.
fn delays(count: usize, most: u32) -> Vec<Duration> {
    let mut x = 12345u32;
    let next = |_| {
        x = x.wrapping_mul(1103515245).wrapping_add(12345) & 0x7fff_ffff;
        Duration::from_millis((x % most + 1).into())
    };
    (0..count).map(next).collect()
}

/// Registers each timer by polling it once. Outside the budget of the task, which would stop it after 128.
async fn set(delays: &[Duration], waker: &Waker) -> Vec<Option<Pin<Box<Sleep>>>> {
    unconstrained(poll_fn(|_| {
        let mut context = Context::from_waker(waker);
        let set = |&delay| {
            let mut timer = Box::pin(sleep(delay));
            assert!(timer.as_mut().poll(&mut context).is_pending());
            Some(timer)
        };
        Poll::Ready(delays.iter().map(set).collect())
    }))
    .await
}

pub async fn set_and_cancel(count: usize) -> Readings {
    let delays = delays(count, 10_000);
    let mut watch = Stopwatch::start();
    let mut timers = set(&delays, futures::task::noop_waker_ref()).await;
    let insert = watch.lap(count);
    for (n, timer) in timers.iter_mut().enumerate() {
        if n % 10 != 0 {
            *timer = None;
        }
    }
    let cancel = watch.lap(count / 10 * 9);
    vec![("insert", insert), ("cancel", cancel)]
}

/// Counts the timers that went off, and tells when the last has.
struct Countdown {
    left: AtomicUsize,
    last: Notify,
}

impl Wake for Countdown {
    fn wake(self: Arc<Self>) {
        if self.left.fetch_sub(1, Relaxed) == 1 {
            self.last.notify_one();
        }
    }
}

pub async fn fire(count: usize) -> Readings {
    let longest = 1000;
    let countdown = Arc::new(Countdown { left: AtomicUsize::new(count), last: Notify::new() });
    let timers = set(&delays(count, longest), &countdown.clone().into()).await;
    thread::sleep(Duration::from_millis(longest as u64 + 10));
    let mut watch = Stopwatch::start();
    countdown.last.notified().await;
    let total = watch.lap(count);
    drop(timers);
    vec![("total", total)]
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    1024.0 * line.trim().trim_end_matches(" kB").parse::<f64>().expect("kilobytes")
}

pub async fn memory(count: usize) -> Readings {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let nap = Duration::from_micros(count as u64 * 15);
    let before = resident();
    let start = Instant::now();
    let child = |_| {
        tokio::spawn(async move {
            STARTED.fetch_add(1, Relaxed);
            sleep(nap).await;
        })
    };
    let handles: Vec<_> = (0..count).map(child).collect();
    while STARTED.load(Relaxed) < count {
        yield_now().await;
    }
    let held = resident() - before;
    for handle in handles {
        handle.await.unwrap();
    }
    let overrun = (start.elapsed() - nap).as_nanos() as f64;
    vec![("resident", held / count as f64), ("overrun", overrun)]
}
