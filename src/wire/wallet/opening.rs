//! The first commands of a wallet, and who it belongs to.

use crate::engine::command::ExternalId;
use crate::engine::{Action, Command};
use crate::wire::request::command;
use crate::wire::subscription::PricedSubscription;

/// Opens a wallet and copies products in; the wallet's own first commands. Their ids are fixed, so
/// a customer that is created twice at once has one wallet.
#[must_use]
pub fn open_wallet(
    wallet: &str,
    customer: &str,
    subscriptions: Vec<PricedSubscription>,
) -> Vec<Command> {
    let open = Action::OpenWallet {
        wallet: wallet.to_owned(),
        customer: customer.to_owned(),
    };
    let mut commands = vec![command("open".to_owned(), open)];
    for (place, subscription) in subscriptions.into_iter().enumerate() {
        // A creation that was interrupted and is sent again finds these ids answered already, so
        // nothing is subscribed twice.
        commands.push(subscription.command(format!("open:subscription:{place}")));
    }
    commands
}

/// Tells a wallet which external id its customer has now. Each change has a number of its own, so
/// that one which comes late cannot undo a later one.
#[must_use]
pub fn change_external_id(external: &ExternalId) -> Command {
    let op = format!("external_id:{}", external.revision);
    command(op, Action::ChangeExternalId(external.clone()))
}
