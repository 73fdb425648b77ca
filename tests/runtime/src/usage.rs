use std::{fs, io, time::Duration};

/// Linux counts the CPU time of processes in ticks of this many milliseconds.
const TICK_MILLISECONDS: u64 = 10;

/// What a process takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory that are resident.
    pub resident: u64,
    /// The most bytes that were.
    pub peak: u64,
    /// CPU used so far, by all threads, in user and kernel mode.
    pub cpu: Duration,
}

/// What a process takes now, from `/proc`.
pub fn usage(process: u32) -> io::Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let bytes = |name: &str| {
        let kilobytes = |line: &str| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse::<u64>().ok();
        status.lines().find_map(kilobytes).unwrap_or(0) * 1024
    };
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let cpu = Duration::from_millis((ticks(11) + ticks(12)) * TICK_MILLISECONDS);
    Ok(Usage { resident: bytes("VmRSS:"), peak: bytes("VmHWM:"), cpu })
}
