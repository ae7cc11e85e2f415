//! rayon's answers to the questions of `bench/questions/par.ts`, on as many threads as there are processors.

use rayon::prelude::*;
use std::hint::black_box;

const N: u32 = 34;
const FIBONACCI: u64 = 5_702_887;

#[inline(never)]
fn fibonacci(n: u32) -> u64 {
    if n < 2 { n as u64 } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

fn divided(n: u32) -> u64 {
    if n < 20 {
        return fibonacci(black_box(n));
    }
    let (a, b) = rayon::join(|| divided(n - 1), || divided(n - 2));
    a + b
}

fn numbers(count: usize) -> Vec<f64> {
    (0..count).map(|n| n as f64).collect()
}

fn wave(x: &f64) -> f64 {
    x.sqrt() * x.sin()
}

/// The work of one round; what it needs is made before.
pub type Work = Box<dyn FnMut() + Send>;

pub fn work(question: &str, count: usize) -> Work {
    match question {
        "fibonacci" => Box::new(move || {
            let sum: u64 = vec![N; count].par_iter().with_max_len(1).map(|&n| fibonacci(black_box(n))).sum();
            assert_eq!(sum, count as u64 * FIBONACCI);
        }),
        "join" => Box::new(move || {
            for _ in 0..count {
                let (a, b) = rayon::join(|| divided(N - 1), || divided(N - 2));
                assert_eq!(a + b, FIBONACCI);
            }
        }),
        "reduce" => {
            let numbers = numbers(count);
            Box::new(move || {
                let sum = numbers.par_iter().copied().reduce(|| 0.0, |a, b| a + b);
                assert_eq!(sum, (count as f64) * (count as f64 - 1.0) / 2.0);
            })
        }
        "map" => {
            let numbers = numbers(count);
            let mut target = vec![0.0; count];
            Box::new(move || {
                target.par_iter_mut().zip(numbers.par_iter()).for_each(|(to, x)| *to = wave(x));
                assert_eq!(target[count - 1], wave(&numbers[count - 1]));
            })
        }
        "sort" => {
            let mut unordered = numbers(count);
            let mut seed: u32 = 1;
            for i in (1..count).rev() {
                seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                unordered.swap(i, seed as usize % (i + 1));
            }
            let mut numbers = unordered.clone();
            Box::new(move || {
                numbers.copy_from_slice(&unordered);
                numbers.par_sort_unstable_by(f64::total_cmp);
                assert!((0..count).step_by(1000).all(|i| numbers[i] == i as f64));
            })
        }
        "small" => Box::new(move || {
            for _ in 0..count {
                let sum = (0..100u32).into_par_iter().map(|n| wave(&(n as f64))).sum::<f64>();
                assert!(!black_box(sum).is_nan());
            }
        }),
        _ => panic!("Cannot answer \"par/{question}\": there is no such question"),
    }
}
