//! Tokio's answers to the questions of `bench/questions`, on its current-thread runtime, and rayon's to those of `par`.
//!
//! `heddle-bench-tokio <question> <count>` speaks the protocol of `bench/peer.ts`: each line on its input is a turn,
//! answered with one line of JSON, nanoseconds an operation (or bytes) by figure.

mod cancel;
mod channels;
mod locks;
mod parallel;
mod timers;
mod work;

use std::{future::Future, io::Write, pin::Pin, time::Instant};

pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// A figure's name and what was measured.
pub type Readings = Vec<(&'static str, f64)>;

/// Measures the stretches of a round one after the other.
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds an operation since the last lap.
    pub fn lap(&mut self, operations: usize) -> f64 {
        let reading = self.0.elapsed().as_nanos() as f64 / operations as f64;
        self.0 = Instant::now();
        reading
    }
}

/// A round that is one stretch: all of `work`.
fn timed(operations: usize, work: impl Future<Output = ()> + Send + 'static) -> Boxed<Readings> {
    Box::pin(async move {
        let mut watch = Stopwatch::start();
        work.await;
        vec![("total", watch.lap(operations))]
    })
}

fn round(question: &str, count: usize) -> Boxed<Readings> {
    let path: Vec<&str> = question.split('/').collect();
    match path[..] {
        ["spawn", "at-once"] => timed(count, work::spawn(1, count)),
        ["spawn", "in-waves"] => timed(count, work::spawn(1000, count / 1000)),
        ["yield"] => timed(count, work::yields(count / 1000, 1000)),
        ["depth", depth, leaf] => {
            let depth: u32 = depth.parse().expect("a depth");
            timed(count, work::calls(count / depth as usize, depth, (leaf == "yields") as u32))
        }
        ["resume", depth] => timed(count, work::calls(count / 10_000, depth.parse().expect("a depth"), 10_000)),
        ["join", "10", "ready"] => timed(count, work::join_ten(count, false)),
        ["join", "10", "yields"] => timed(count, work::join_ten(count, true)),
        ["join", many, "yields"] => {
            let many: usize = many.parse().expect("a number of children");
            timed(count, work::join_many(count / many, many))
        }
        ["select"] => timed(count, work::select(count)),
        ["timeout"] => timed(count, work::timeout(count)),
        ["oneshot"] => timed(count, channels::ping_pong(count)),
        ["mpsc", "unbounded", senders] => {
            timed(count, channels::unbounded(senders.parse().expect("a number of senders"), count as u64))
        }
        ["mpsc", capacity, senders] => {
            let capacity = capacity.parse().expect("a capacity");
            timed(count, channels::bounded(capacity, senders.parse().expect("a number of senders"), count as u64))
        }
        ["mutex", "free"] => timed(count, locks::mutex_free(count)),
        ["mutex", "contended"] => timed(count, locks::mutex_contended(count, 100)),
        ["semaphore"] => timed(count, locks::semaphore(count, 100)),
        ["skynet"] => timed(1, work::skynet(count as u64)),
        ["abort"] => Box::pin(cancel::abort(count)),
        ["timers"] => Box::pin(timers::set_and_cancel(count)),
        ["timers", "fire"] => Box::pin(timers::fire(count)),
        ["memory"] => Box::pin(timers::memory(count)),
        _ => panic!("Cannot answer \"{question}\": there is no such question"),
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let question = args.next().expect("a question");
    let count: usize = args.next().and_then(|count| count.parse().ok()).expect("a count");
    match question.strip_prefix("par/") {
        Some(question) => {
            let mut work = parallel::work(question, count);
            serve(|| {
                let mut watch = Stopwatch::start();
                work();
                vec![("total", watch.lap(count))]
            });
        }
        None => serve_tasks(&question, count),
    }
}

fn serve_tasks(question: &str, count: usize) {
    // All drivers, as in any program that talks to something: an idle turn asks the system for I/O.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    serve(|| {
        runtime
            .block_on(async { tokio::spawn(round(question, count)).await })
            .expect("a round")
    });
}

/// Answers each turn with what `round` has measured.
fn serve(mut round: impl FnMut() -> Readings) {
    for turn in std::io::stdin().lines() {
        turn.expect("a turn");
        let readings = round();
        let fields: Vec<String> = readings.iter().map(|(figure, value)| format!("\"{figure}\":{value}")).collect();
        println!("{{{}}}", fields.join(","));
        std::io::stdout().flush().expect("someone who listens");
    }
}
