use super::{
    Cart, Coupon, Event, History, Mail, Order, Person, Seen, Shop, Status, Table, Variant,
    mailing::Notify,
    moving::{Move, Mover},
    placing::Submit,
};

/// Every world the protocol has to hold in.
pub(super) fn all() -> Vec<Shop> {
    let coupon = |total_limit, customer_limit| Coupon {
        version: 1,
        active: true,
        used: 0,
        used_by_customer: 0,
        total_limit,
        customer_limit,
    };
    let placed = || shop(2, None).with_order(7);
    vec![
        // Two shoppers want the last unit.
        shop(1, None).with([submit(0, 0, 1), submit(1, 0, 2)], [Event::CartIsFilledAgain(0)], 2),
        // One request comes twice, and the cart is filled again.
        shop(2, None).with([submit(0, 0, 1), submit(0, 0, 2)], [Event::CartIsFilledAgain(0), Event::CartChanges(0)], 2),
        // Two windows order one cart.
        shop(2, None).with([submit(0, 0, 1), submit(0, 1, 2)], [Event::CartIsFilledAgain(0), Event::CartChanges(0)], 2),
        // The catalogue changes meanwhile.
        shop(2, None).with(
            [submit(0, 0, 1), submit(1, 0, 2)],
            [Event::PriceChanges, Event::VariantIsWithdrawn, Event::VariantIsDeleted],
            1,
        ),
        // Two shoppers want a coupon's last use; the owner changes it.
        shop(2, Some(coupon(1, 2))).with([submit(0, 0, 1), submit(1, 0, 2)], [Event::TermsChange, Event::CouponIsSwitchedOff], 1),
        // So does one customer, from two carts.
        shop(2, Some(coupon(2, 1))).with([submit(0, 0, 1), submit(1, 0, 2)], [], 1),
        // Two orders get one number.
        shop(2, None).with([submit(0, 0, 1), submit(1, 0, 1)], [], 1),
        // An order is cancelled by both parties and packed, and what it gives back to goes away.
        shop(2, Some(coupon(2, 2))).with_order(7).with(
            [moves(Mover::Canceller), moves(Mover::Canceller), moves(Mover::Packer)],
            [Event::VariantIsDeleted, Event::CountIsLost, Event::CountOfCustomerIsLost],
            1,
        ),
        // It expires meanwhile, by two sweeps at once.
        placed().with([moves(Mover::Canceller), moves(Mover::Sweep), moves(Mover::Sweep), notify(0, 107, 1)], [], 2),
        // A mail's record comes to two at once and again.
        placed().with([notify(0, 7, 2), notify(1, 7, 2)], [Event::MailExpires(7)], 2),
        // One order's whole life.
        shop(1, Some(coupon(1, 1))).with(
            [submit(0, 0, 7), submit(0, 0, 8), moves(Mover::Canceller), moves(Mover::Sweep), notify(0, 7, 1)],
            [Event::PriceChanges],
            1,
        ),
    ]
}

fn submit(cart: u8, key: u8, number: u8) -> Person {
    Person::Submits(Submit::new(cart, key, number))
}

/// Of order 7.
fn moves(by: Mover) -> Person {
    Person::Moves(Move::new(7, by))
}

fn notify(who: u8, mail: u8, deliveries: u8) -> Person {
    Person::Notifies(Notify::new(who, mail, deliveries))
}

/// A shop with one variant and two carts.
fn shop(stock: i8, coupon: Option<Coupon>) -> Shop {
    let table = Table {
        variant: Some(Variant { stock, price: 1, available: true }),
        coupon,
        carts: [(0, Cart { version: 1, content: 1 }), (1, Cart { version: 1, content: 2 })].into(),
        ..Table::default()
    };
    let history = History { stocked: stock, contents: 2, ..History::default() };
    Shop { table, people: Vec::new(), events: [].into(), mishaps: 0, history }
}

impl Shop {
    fn with<const P: usize, const E: usize>(self, people: [Person; P], events: [Event; E], mishaps: u8) -> Self {
        Self { people: people.into(), events: events.into(), mishaps, ..self }
    }

    /// With an order that was placed and is known, and its mail.
    fn with_order(mut self, number: u8) -> Self {
        let variant = self.table.variant.as_mut().unwrap();
        variant.stock -= 1;
        let mut terms = None;
        if let Some(coupon) = &mut self.table.coupon {
            (coupon.used, coupon.used_by_customer) = (1, 1);
            terms = Some((coupon.version, coupon.active));
        }
        let seen = Seen { cart: Cart { version: 1, content: 0 }, price: variant.price, available: true, terms };
        let order = Order { request: (9, 9), seen, then: Some(seen), status: Status::Pending, version: 1 };
        self.table.orders.insert(number, order);
        self.table.mails.insert(number, Mail::default());
        self.history.mailed.insert(number);
        self.history.placed = 1;
        self
    }
}
