use crate::{guard, pause};
use std::time::{Duration, Instant};

/// How long one request waits out others that write the same.
const PATIENCE: Duration = Duration::from_secs(6);

/// Tries to change what somebody else changes too, such as a cart in two tabs: read, change, write, and again from the reading
/// when somebody else wrote meanwhile.
#[derive(Debug)]
pub struct Tries {
    attempt: u32,
    deadline: Instant,
}

impl Default for Tries {
    fn default() -> Self {
        Self { attempt: 0, deadline: Instant::now() + PATIENCE }
    }
}

impl Tries {
    /// Waits a moment with jitter and says whether to try again: no longer after the deadline. The session that it is for is
    /// confirmed anew.
    pub async fn again(&mut self) -> bool {
        if Instant::now() >= self.deadline {
            return false;
        }
        pause(self.attempt).await;
        guard::confirm_again();
        self.attempt += 1;
        true
    }
}
