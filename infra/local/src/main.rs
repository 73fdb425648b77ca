//! The whole shop on one machine, and the owner's command line.

/// Says something on standard output. That nobody listens any more, as after `shop | head -1`, is no reason to stop.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

mod commands;
mod data;
mod serve;
mod services;
mod shopify;

use anyhow::Result;
use clap::{Parser, Subcommand};
use commands::{admin, build, migrate, seed, setup};
use data::DataFolder;
use domain::customer::Role;
use std::{path::PathBuf, process::ExitCode};
use store::StoreError;

/// Half of what a request takes here is texts and maps that come and go, on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The shop on one machine: DynamoDB, S3, functions and site in one process.
///
/// With `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL_S3` set, it uses those services instead of its own.
#[derive(Debug, Parser)]
#[command(name = "shop", version)]
struct Arguments {
    /// Where the shop keeps its data.
    #[arg(long, global = true, default_value = ".shop", env = "SHOP_DATA")]
    data: PathBuf,
    #[command(flatten)]
    serve: ServeOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Args)]
struct ServeOptions {
    /// Port on 127.0.0.1.
    #[arg(long, global = true, default_value_t = 8080, env = "PORT")]
    port: u16,
    /// The shop's public address, for links; by default that of this machine.
    #[arg(long, global = true, env = "BASE_URL", value_parser = base_url)]
    base_url: Option<String>,
    /// Where the functions run, when not in this process: the address of `cargo lambda watch`.
    #[arg(long, global = true)]
    functions: Option<http::Uri>,
}

impl ServeOptions {
    /// The shop's address without a slash at the end.
    fn address(&self) -> String {
        let own = || format!("http://127.0.0.1:{}", self.port);
        self.base_url.clone().unwrap_or_else(own)
    }
}

/// An address that pages can have behind it, without a slash at the end.
fn base_url(typed: &str) -> Result<String, String> {
    let address: http::Uri = typed.parse().map_err(|_| "is not an address")?;
    let is_web = matches!(address.scheme_str(), Some("http" | "https")) && address.host().is_some_and(|host| !host.is_empty());
    if !is_web || address.path() != "/" || address.query().is_some() {
        return Err("must be an address such as https://shop.example, without a path".to_owned());
    }
    Ok(typed.trim_end_matches('/').to_owned())
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the shop (also without a command).
    Serve,
    /// Takes in a product export of Shopify, of its former template or the present one, or of `WooCommerce`.
    Import(shopify::ImportOptions),
    /// Writes all products as a Shopify product export.
    Export {
        /// The CSV file; standard output where it is not given.
        file: Option<PathBuf>,
        /// Writes the shop's pictures into this folder, too.
        #[arg(long, value_name = "FOLDER", requires = "file")]
        with_pictures: Option<PathBuf>,
    },
    /// Writes the static site into a folder.
    Build {
        /// The folder.
        #[arg(long)]
        out: PathBuf,
    },
    /// Publishes the whole site, of the shop on this machine or a deployed one; changes its settings, or sets up an empty shop.
    Publish(setup::PublishOptions),
    /// Moves the lists of a deployed shop to the keys of today; on one machine the shop does so when it starts.
    Migrate,
    /// Adds a made-up catalogue that is the same every time, for tests at scale.
    Seed {
        /// How many products.
        #[arg(long)]
        products: usize,
    },
    /// Accounts of staff.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Makes an account and prints a link that sets its password.
    Create {
        /// Its e-mail address.
        email: String,
        /// What it may do: owner, manager, catalogue, orders or support.
        #[arg(long, default_value = "owner", value_parser = role)]
        role: Role,
        /// Its owner's name.
        #[arg(long, default_value = "Admin")]
        name: String,
    },
    /// Prints a link that sets an account's password, once.
    Password {
        /// Its e-mail address.
        email: String,
    },
}

fn role(name: &str) -> Result<Role, String> {
    let role: Option<Role> = serde_json::from_value(name.into()).ok();
    role.filter(|r| r.is_staff()).ok_or_else(|| "expected owner, manager, catalogue, orders or support".to_owned())
}

/// What is logged where `RUST_LOG` says nothing else. Calls in process have no connection, which the SDK is surprised at.
const QUIET: &str = "warn,dynoxide=off,s3s=off,s3s_fs=off,aws_smithy_runtime::client::http::connection_poisoning=off";

/// Threads for the database and for files. SQLite lets one write at a time, so more would only take memory.
const BLOCKING_THREADS: usize = 16;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build();
    match runtime {
        Ok(runtime) => runtime.block_on(start(Arguments::parse())),
        Err(error) => {
            eprintln!("shop: cannot start threads: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: Arguments) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| QUIET.into());
    tracing_subscriber::fmt().compact().with_env_filter(filter).with_writer(std::io::stderr).init();
    let folder = DataFolder::new(&arguments.data);
    // What the shop keeps is its owner's. The two commands write files for others, and keep nothing.
    #[cfg(unix)]
    if !matches!(arguments.command, Some(Command::Build { .. } | Command::Export { .. })) {
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    }
    match run(&folder, arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if folder.is_full() => {
            eprintln!("shop: the disk of {} is full", folder.path().display());
            ExitCode::FAILURE
        }
        Err(error) => {
            // One line: what went wrong, and why.
            eprintln!("shop: {}", in_one_line(&error, &folder));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong and why; and what to do where an item of the folder's own database cannot be used.
fn in_one_line(error: &anyhow::Error, folder: &DataFolder) -> String {
    let said = format!("{error:#}").replace('\n', " ");
    let is_damage = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(StoreError::Corrupt(_))));
    if is_damage && !services::table_is_elsewhere() {
        return format!("the database {} is damaged: {said}: {}", folder.database().display(), folder.remedy());
    }
    said
}

async fn run(folder: &DataFolder, arguments: Arguments) -> Result<()> {
    let options = arguments.serve;
    match arguments.command {
        None | Some(Command::Serve) => serve::run(folder, options).await,
        Some(Command::Import(options)) => shopify::import(folder, &options).await,
        Some(Command::Export { file, with_pictures }) => shopify::export(folder, file.as_deref(), with_pictures.as_deref()).await,
        Some(Command::Build { out }) => build::run(folder, &out, &options.address()).await,
        Some(Command::Publish(wanted)) => setup::run(folder, &wanted, &options.address()).await,
        Some(Command::Migrate) => migrate::run(folder).await,
        Some(Command::Seed { products }) => seed::run(folder, products).await,
        Some(Command::Admin { command: AdminCommand::Create { email, role, name } }) => {
            admin::create(folder, &email, &name, role, &options.address()).await
        }
        Some(Command::Admin { command: AdminCommand::Password { email } }) => {
            admin::password(folder, &email, &options.address()).await
        }
    }
}
