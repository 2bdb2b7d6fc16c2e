//! A program that keeps numbers in a store and says on standard output what was acknowledged.
//! The tests beside it run it on a disk that fails, and kill it.
//!
//! Commands on standard input, a line each: `put N`, `put-large N`, `crowd FROM COUNT`, `list`,
//! `health`, `close`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use palisade_kernel::SystemClock;
use palisade_store::{Error, Migration, Migrations, Scope, Sql, Store, StoreOptions, Table, Tx};

const NUMBERS: Migrations = Migrations {
    capability: "numbers",
    steps: &[Migration {
        version: 1,
        name: "numbers",
        sql: Sql::Portable(
            "CREATE TABLE numbers (number BIGINT PRIMARY KEY, weight BYTEA NOT NULL)",
        ),
        compatible_back_to: 1,
    }],
    tables: &[Table::shared("numbers")],
};

const PUT: &str = "INSERT INTO numbers (number, weight) VALUES ($1, $2)";
const PAGE: &str = "SELECT number FROM numbers WHERE number > $1 ORDER BY number LIMIT 5000";
/// A hundred of these are longer than the log may become.
const LARGE_BYTES: usize = 64 * 1024;

#[tokio::main]
async fn main() {
    let folder = std::env::args()
        .nth(1)
        .expect("the folder is the first argument");
    let options = StoreOptions::in_directory(Path::new(&folder));
    let store = match Store::open(options, Arc::new(SystemClock::start()), &[NUMBERS]).await {
        Ok(store) => store,
        Err(error) => return say(&format!("cannot open: {error}")),
    };
    say("open");
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["put", number] => put(&store, parse(number), 1).await,
            ["put-large", number] => put(&store, parse(number), LARGE_BYTES).await,
            ["crowd", from, count] => crowd(&store, parse(from), parse(count)).await,
            ["list"] => list(&store).await,
            ["health"] => say(&format!("health {:?}", store.health())),
            ["close"] => {
                store.close().await;
                return say("closed");
            }
            _ => panic!("no such command: {line}"),
        }
    }
}

async fn put(store: &Store, number: i64, bytes: usize) {
    let closure = async move |tx: &mut Tx| -> Result<u64, Error> {
        tx.execute(PUT, &[number.into(), vec![7; bytes].into()])
            .await
    };
    match store.write(Scope::System, closure).await {
        Ok(_) => say(&format!("ack {number}")),
        Err(error) => say(&format!("refused {number}: {error}")),
    }
}

/// Writes at once, so that they share groups.
async fn crowd(store: &Store, from: i64, count: i64) {
    let mut writers = tokio::task::JoinSet::new();
    for number in from..from + count {
        let store = store.clone();
        writers.spawn(async move { put(&store, number, 1).await });
    }
    writers.join_all().await;
    say("crowd done");
}

async fn list(store: &Store) {
    let read = async |tx: &mut Tx| -> Result<Vec<String>, Error> {
        let mut numbers = Vec::new();
        let mut last = -1;
        loop {
            let page = tx.rows(PAGE, &[last.into()]).await?;
            for row in &page {
                last = row.integer("number")?;
                numbers.push(last.to_string());
            }
            if page.is_empty() {
                return Ok(numbers);
            }
        }
    };
    let numbers = store.read(Scope::System, read).await;
    say(&format!("list {}", numbers.expect("reads work").join(" ")));
}

fn parse(number: &str) -> i64 {
    number.parse().expect("a number")
}

/// One line in one `write`, in order with what the layer below says.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output
        .write_all(format!("{line}\n").as_bytes())
        .expect("somebody reads");
}
