use super::{Fate, Mail, Protocol, Shop};
use crate::protocol::clause::Clause;
use std::collections::BTreeSet;

/// Who gets a mail's record from the stream, once or more often, as `Notifier::send` handles it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Notify {
    who: u8,
    mail: u8,
    deliveries: u8,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    /// `claim_mail`
    Claims { unanswered: bool },
    /// SES
    HandsOver,
    /// `mail_was_sent`
    WasSent,
    /// `mail_was_not_sent`
    WasNotSent,
}

impl Notify {
    pub(super) fn new(who: u8, mail: u8, deliveries: u8) -> Self {
        Self { who, mail, deliveries, at: At::Claims { unanswered: false } }
    }

    /// Done, or without a record.
    pub(super) fn is_done(&self, shop: &Shop) -> bool {
        self.deliveries == 0 || !shop.history.mailed.contains(&self.mail)
    }

    pub(super) fn mail_in_hand(&self) -> Option<u8> {
        (self.at == At::HandsOver).then_some(self.mail)
    }

    pub(super) fn step(&self, protocol: &Protocol, shop: &mut Shop, fate: Fate) -> Option<Self> {
        if self.is_done(shop) {
            return None;
        }
        if !matches!(fate, Fate::Answered | Fate::GivenUp) {
            shop.mishap()?;
        }
        let again = At::Claims { unanswered: false };
        let done = Self { deliveries: self.deliveries - 1, at: again, ..self.clone() };
        let at = match (self.at, fate) {
            (At::Claims { .. }, Fate::Answered) => {
                if !self.claim(protocol, shop)? {
                    return Some(done);
                }
                At::HandsOver
            }
            (At::Claims { .. }, Fate::LostRequest) => At::Claims { unanswered: true },
            (At::Claims { .. }, Fate::LostAnswer) => {
                self.claim(protocol, shop)?;
                At::Claims { unanswered: true }
            }
            // The record comes again when the claim has run out. So it does after a death.
            (At::Claims { unanswered: true }, Fate::GivenUp) | (At::HandsOver, Fate::Death) => {
                if let Some(mail) = shop.table.mails.get_mut(&self.mail).filter(|mail| mail.write_id == Some(self.write_id())) {
                    (mail.claimed, mail.write_id) = (false, None);
                }
                again
            }
            (At::HandsOver, Fate::Answered) => At::WasSent,
            (At::HandsOver, Fate::Conflict) => At::WasNotSent,
            (At::WasSent, Fate::Answered) => {
                let failed = self.update(protocol, shop, Clause::SentMailThere, |mail| (mail.sent, mail.claimed) = (true, false));
                return Some(if failed { Self { at: again, ..self.clone() } } else { done });
            }
            (At::WasNotSent, Fate::Answered) => {
                self.update(protocol, shop, Clause::ReturnedMailThere, |mail| mail.claimed = false);
                again
            }
            _ => return None,
        };
        Some(Self { at, ..self.clone() })
    }

    fn write_id(&self) -> (u8, u8) {
        (self.who, self.deliveries)
    }

    /// `Store::claim_mail`: whether it is to be sent; nothing while somebody else is sending it.
    fn claim(&self, protocol: &Protocol, shop: &mut Shop) -> Option<bool> {
        let mail = shop.table.mails.get(&self.mail).copied();
        let failed: BTreeSet<Clause> = protocol.failed([
            (Clause::MailThere, mail.is_some()),
            (Clause::MailUnsent, mail.is_none_or(|mail| !mail.sent)),
            (Clause::MailFree, mail.is_none_or(|mail| !mail.claimed)),
        ]);
        if failed.is_empty() {
            let mail = shop.table.mails.entry(self.mail).or_insert(Mail { torn: true, ..Mail::default() });
            (mail.claimed, mail.write_id) = (true, Some(self.write_id()));
            return Some(true);
        }
        match mail {
            Some(mail) if mail.write_id == Some(self.write_id()) => Some(true),
            Some(mail) if !mail.sent => None,
            _ => Some(false),
        }
    }

    /// An update of a mail that has to be there; returns whether it failed.
    fn update(&self, protocol: &Protocol, shop: &mut Shop, there: Clause, update: impl FnOnce(&mut Mail)) -> bool {
        let mails = &mut shop.table.mails;
        let failed = !protocol.failed([(there, mails.contains_key(&self.mail))]).is_empty();
        if !failed {
            update(mails.entry(self.mail).or_insert(Mail { torn: true, ..Mail::default() }));
        }
        failed
    }
}
