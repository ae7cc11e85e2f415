//! Messages from task to task: `bench/questions/mpsc.ts` and `oneshot.ts`.

use tokio::sync::{mpsc, oneshot};

fn sum_below(count: u64) -> u64 {
    count * (count - 1) / 2
}

pub async fn bounded(capacity: usize, senders: u64, count: u64) {
    let (tx, mut rx) = mpsc::channel(capacity);
    for _ in 0..senders {
        let tx = tx.clone();
        tokio::spawn(async move {
            for n in 0..count / senders {
                tx.send(n).await.unwrap();
            }
        });
    }
    drop(tx);
    let mut total = 0;
    while let Some(message) = rx.recv().await {
        total += message;
    }
    assert_eq!(total, senders * sum_below(count / senders));
}

pub async fn unbounded(senders: u64, count: u64) {
    let (tx, mut rx) = mpsc::unbounded_channel();
    for _ in 0..senders {
        let tx = tx.clone();
        tokio::spawn(async move {
            for n in 0..count / senders {
                tx.send(n).unwrap();
            }
        });
    }
    drop(tx);
    let mut total = 0;
    while let Some(message) = rx.recv().await {
        total += message;
    }
    assert_eq!(total, senders * sum_below(count / senders));
}

struct Ping {
    n: usize,
    reply: oneshot::Sender<Pong>,
}

struct Pong {
    n: usize,
    next: Option<oneshot::Sender<Ping>>,
}

async fn answer(mut rx: oneshot::Receiver<Ping>, count: usize) {
    for i in 1..=count {
        let ping = rx.await.unwrap();
        let (tx, next) = oneshot::channel();
        rx = next;
        let next = (i < count).then_some(tx);
        assert!(ping.reply.send(Pong { n: ping.n + 1, next }).is_ok());
    }
}

pub async fn ping_pong(count: usize) {
    let (tx, rx) = oneshot::channel();
    tokio::spawn(answer(rx, count));
    let mut to = Some(tx);
    let mut n = 0;
    while let Some(tx) = to {
        let (reply, pong) = oneshot::channel();
        assert!(tx.send(Ping { n, reply }).is_ok());
        let pong = pong.await.unwrap();
        n = pong.n;
        to = pong.next;
    }
    assert_eq!(n, count);
}
