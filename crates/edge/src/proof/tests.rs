//! What a proof leaves behind: nothing.

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::stack::tests::options;

/// Hears everything and stands nothing.
struct Silence;

impl Subscriber for Silence {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        panic!("the log has heard of a sample: {event:?}");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn no_sample_is_told_to_the_log() {
    for mode in [Mode::Shadow, Mode::Enforce] {
        let options = options(mode);
        let proving = async {
            assert_eq!(prove(&options).await.1, []);
            assert_eq!(prove_flags(&options).await, []);
        };
        proving.with_subscriber(Silence).await;
    }
}
