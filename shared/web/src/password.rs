//! Passwords: Argon2id, judged by strength. They are the one text that is taken as it is typed, not normalised: every
//! hash that is kept was made so.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use domain::{password::tells_its_owner, text::Id};
use std::{cell::RefCell, io, sync::LazyLock};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};

/// Characters of a password, at least.
pub const SHORTEST: usize = 10;
/// Characters of a password, at most.
pub const LONGEST: usize = 128;

/// Tries of the present password at a change of it are counted for so long.
pub const CHANGE_WINDOW_SECONDS: i64 = 15 * 60;

/// Memory that a hash takes while it is made.
const HASH_MEBIBYTES: usize = 19;

/// How a hash with today's parameters begins.
const PARAMETERS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// A hash of nothing anybody types, so that an unknown account takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiBub2JvZHkhIQ$bm90aGluZyB0aGF0IGFueWJvZHkgdHlwZXMgaW4gLi4";

/// Why a new password is not taken: one rule wherever one is chosen. It has 10 to 128 characters, is not made of the name or the
/// e-mail address ([`tells_its_owner`]: compared without case, spaces and invisible characters, also with a few characters around
/// them), and is hard to guess (zxcvbn's score is 3 of 4 at least) for who knows both.
///
/// # Errors
///
/// Why the password is refused, for the person who typed it.
pub fn judge(password: &str, name: &str, email: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(format!("must have at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        return Err(format!("must have at most {LONGEST} characters"));
    }
    if tells_its_owner(password, name, email) {
        return Err("is too easy to guess: it is your name or e-mail address with little more".to_owned());
    }
    let (local, domain) = email.trim().rsplit_once('@').unwrap_or((email.trim(), ""));
    let about: Vec<&str> = [name.trim(), email.trim(), local, domain].into_iter().chain(name.split_whitespace()).collect();
    let guess = zxcvbn::zxcvbn(password, &about);
    if guess.score() < zxcvbn::Score::Three {
        let why =
            guess.feedback().and_then(zxcvbn::feedback::Feedback::warning).map(|w| format!(": {}", w.to_string().to_lowercase()));
        return Err(format!("is too easy to guess{}", why.unwrap_or_default().trim_end_matches('.')));
    }
    Ok(())
}

/// What tries of the present password at a change of it are counted by.
pub fn change_attempts(customer: &Id) -> String {
    format!("password {customer}")
}

/// What was typed as a present password, as far as a password can be long.
pub fn typed(password: &str) -> String {
    password.chars().take(LONGEST + 1).collect()
}

/// The hash to keep, in PHC form: Argon2id, 19 MiB, 2 passes, 1 lane (OWASP). `None` when the machine cannot.
pub async fn hash(password: String) -> Option<String> {
    let hash = move || {
        let (argon2, params, salt) = (Argon2::default(), Params::default(), Salt::generate());
        Some(PasswordHash {
            algorithm: Algorithm::default().ident(),
            version: Some(Version::default().into()),
            params: ParamsString::try_from(&params).ok()?,
            salt: Some(salt),
            hash: Some(output(&argon2, &params, &password, &salt)?),
        })
    };
    in_turn(hash).await.flatten().map(|hash| hash.to_string())
}

/// Whether the password belongs to the hash. Without a hash it takes as long and is wrong.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let verified = in_turn(move || {
        let hash = PasswordHash::new(&hash).ok()?;
        let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
        let (algorithm, params) = (Algorithm::try_from(hash.algorithm.as_str()).ok()?, Params::try_from(&hash).ok()?);
        // Compared in constant time.
        Some(output(&Argon2::new(algorithm, version, params.clone()), &params, &password, &hash.salt?)? == hash.hash?)
    });
    verified.await.flatten().unwrap_or(false) && known
}

/// The hash itself. Each thread keeps the memory that it takes for the next one: an allocator would keep several times as much.
fn output(argon2: &Argon2, params: &Params, password: &str, salt: &Salt) -> Option<Output> {
    thread_local! {
        static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
    }
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))?;
    MEMORY
        .with_borrow_mut(|memory| {
            memory.resize(params.block_count(), Block::new());
            argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, memory)
        })
        .ok()?;
    Output::new(output).ok()
}

/// Works when it is its turn: as many at once as there are processors and memory for. The rest waits in order of arrival. Who
/// gives up waiting gives the place back; who gives up later does not, since the work goes on.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(at_once()));
    // Threads of their own, which end after a while without work.
    static THREADS: LazyLock<io::Result<Runtime>> =
        LazyLock::new(|| Builder::new_current_thread().max_blocking_threads(at_once()).thread_name("passwords").build());
    let place = PLACES.acquire().await.ok()?;
    let work = move || {
        let done = work();
        drop(place);
        done
    };
    THREADS.as_ref().ok()?.spawn_blocking(work).await.ok()
}

/// Hashes at once: no more than processors, and in a function no more than a quarter of its memory.
fn at_once() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let memory: Option<usize> = lambda::optional("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").and_then(|mebibytes| mebibytes.parse().ok());
    memory.map_or(processors, |mebibytes| processors.min(mebibytes / 4 / HASH_MEBIBYTES)).max(1)
}

/// Whether the hash was made with other parameters than a new one would be.
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(PARAMETERS)
}
