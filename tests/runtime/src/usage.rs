use std::{fs, io, time::Duration};

/// Linux counts the CPU time of processes in ticks of this many milliseconds.
const TICK_MILLISECONDS: u64 = 10;

/// What a process takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory that are resident.
    pub resident: u64,
    /// CPU used so far, by all threads, in user and kernel mode.
    pub cpu: Duration,
}

/// What a process takes now, from `/proc`.
pub fn usage(process: u32) -> io::Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let cpu = Duration::from_millis((ticks(11) + ticks(12)) * TICK_MILLISECONDS);
    Ok(Usage { resident: resident.unwrap_or(0) * 1024, cpu })
}
