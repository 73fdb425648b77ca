//! Hashing many passwords at once, in a process of its own: its memory is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use web::password::{hash, verify};

/// The most memory that the process has had, in MiB.
#[cfg(target_os = "linux")]
fn most_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its most memory");
    line.split_whitespace().nth(1).expect("a number").parse::<usize>().expect("kibibytes") / 1024
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn many_passwords_at_once_wait_for_their_turn_and_take_no_more_memory() {
    let kept = hash("correct horse battery staple".to_owned()).await.expect("a hash");
    let (before, processors) = (most_memory(), std::thread::available_parallelism().expect("processors").get());
    let tries = (0..100).map(|i| {
        let (password, kept) = (if i % 2 == 0 { "correct horse battery staple" } else { "wrong" }, kept.clone());
        tokio::spawn(async move { (i, verify(password.to_owned(), Some(kept)).await) })
    });
    for tried in tries.collect::<Vec<_>>() {
        let (i, right) = tried.await.expect("an answer");
        assert_eq!(right, i % 2 == 0, "everybody gets an answer, and the right one");
    }
    // The kernel counts in portions, so the most may seem to be a little less than it was.
    let more = most_memory().saturating_sub(before);
    assert!(more <= 20 * processors + 10, "{more} MiB more for {processors} at once");
}

#[tokio::test]
async fn hashes_are_read_by_others_and_those_of_others_are_read() {
    let of_others = "$argon2id$v=19$m=8192,t=3,p=2$c29tZXNhbHRzb21lc2FsdA$";
    let ours = hash("correct horse battery staple".to_owned()).await.expect("a hash");
    let read = PasswordHash::new(&ours).expect("the PHC form");
    assert!(Argon2::default().verify_password(b"correct horse battery staple", &read).is_ok());
    assert!(ours.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !web::password::is_outdated(&ours), "{ours}");
    let again = hash("correct horse battery staple".to_owned()).await.expect("a hash");
    assert_ne!(ours, again, "each with a salt of its own");
    let params = argon2::Params::new(8192, 3, 2, Some(24)).expect("parameters");
    let theirs = Argon2::from(params).hash_password(b"another password").expect("a hash").to_string();
    assert!(verify("another password".to_owned(), Some(theirs.clone())).await, "{theirs}");
    assert!(!verify("another passwords".to_owned(), Some(theirs)).await);
    for damaged in ["", "$argon2id$", of_others, "plain"] {
        assert!(!verify("another password".to_owned(), Some(damaged.to_owned())).await, "{damaged}");
    }
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_the_place_to_others() {
    for _ in 0..50 {
        let given_up = verify("wrong".to_owned(), None);
        tokio::time::timeout(std::time::Duration::ZERO, given_up).await.ok();
    }
    assert!(!verify("wrong".to_owned(), None).await, "it is its turn in the end");
}
