// Everything works without this file; it only makes it quicker.

const badge = document.querySelector('[data-cart-count]');

function showCount() {
  const count = /(?:^|; )cart-count=(\d+)/.exec(document.cookie)?.[1] ?? '0';
  if (!badge) return;
  badge.textContent = count;
  badge.hidden = count === '0';
}

function toast(text, link) {
  document.querySelector('.toast')?.remove();
  const box = document.createElement('div');
  box.className = 'toast';
  box.setAttribute('role', 'status');
  box.append(text);
  if (link) {
    const a = document.createElement('a');
    a.href = link.href;
    a.textContent = link.text;
    box.append(' ', a);
  }
  document.body.append(box);
  setTimeout(() => box.remove(), 6000);
}

// Product page: a choice for each option. The list of all variants is hidden: it is what is sent.
function chooseByOption(list, template) {
  list.parentElement.hidden = true;
  template.replaceWith(template.content);
  const groups = [...list.form.querySelectorAll('[data-option]')];
  const line = list.form.querySelector('[data-state]');
  const values = groups.flatMap((group, at) =>
    [...group.querySelectorAll('input, option')].map((value) => {
      // What is wrong with a value stands at the end of its label, or of itself in a list.
      const end = value.labels?.[0].lastElementChild ?? value;
      return { at, value, end, name: end.textContent };
    }),
  );
  const variant = (places) => list.querySelector(`[data-place="${places.join(' ')}"]`);
  const wrong = (found) => (found?.disabled ? 'sold out' : found ? '' : 'not available');
  return () => {
    const chosen = groups.map((group) => group.querySelector(':checked').value);
    for (const { at, value, end, name } of values) {
      const why = wrong(variant(chosen.map((place, i) => (i === at ? value.value : place))));
      (value.closest('label') ?? value).classList.toggle('gone', why !== '');
      end.textContent = why ? `${name} (${why})` : name;
    }
    const found = variant(chosen);
    const why = wrong(found);
    list.selectedIndex = found?.index ?? -1;
    line.className = `stock ${found?.className ?? 'sold_out'}`;
    line.textContent = why ? `This combination is ${why}.` : found.text;
  };
}

// Product page: the chosen variant's price and picture, and adding without leaving the page.
const buy = document.querySelector('[data-buy]');
if (buy) {
  const button = buy.querySelector('.button');
  const template = buy.querySelector('template');
  const choose = template && chooseByOption(buy.querySelector('[name=sku]'), template);
  const text = (name, value) => {
    const place = document.querySelector(`[data-price] [data-${name}]`);
    place.textContent = (value ?? '').trim();
    place.hidden = !value;
  };
  // What is sold out is not sent.
  const mayBuy = () => new FormData(buy).has('sku');
  const show = () => {
    const { price, before, unitPrice, image } = buy.querySelector('[name=sku]:checked, [name=sku] :checked')?.dataset ?? {};
    text('amount', price ?? '–');
    text('before', before);
    text('unit-price', unitPrice);
    const pictures = [...document.querySelectorAll('.gallery img')];
    const own = pictures.find((picture) => picture.getAttribute('src') === image);
    // Not scrollIntoView: the page itself stays where it is.
    if (own) own.parentElement.scrollTo({ left: own.offsetLeft - own.parentElement.offsetLeft, behavior: 'smooth' });
    for (const picture of pictures) picture.classList.toggle('lead', picture === own);
    if (button) button.disabled = !mayBuy();
  };
  const change = (event) => {
    if (event?.target.name === 'quantity') return;
    choose?.();
    show();
  };
  // A product of one variant has nothing to choose.
  if (!buy.querySelector('[name=sku][type=hidden]')) {
    buy.addEventListener('change', change);
    change();
  }
  buy.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const answer = await fetch(buy.action, {
        method: 'POST',
        headers: { Accept: 'application/json' },
        body: new URLSearchParams(new FormData(buy)),
      });
      const body = await answer.json();
      if (answer.ok) toast('In your cart.', { href: '/cart', text: 'Show cart' });
      else toast(body.detail ?? 'That did not work. Please try again.');
      showCount();
    } catch {
      buy.submit();
    } finally {
      button.disabled = !mayBuy();
    }
  });
}

// Cart: a changed quantity is sent at once.
for (const form of document.querySelectorAll('[data-quantity]')) {
  form.addEventListener('change', () => form.requestSubmit());
}

// An order is sent once, however often the button is pressed.
for (const form of document.querySelectorAll('[data-once]')) {
  form.addEventListener('submit', () => setTimeout(() => (form.querySelector('button').disabled = true)));
}

// Unsaved changes of an admin form are not left by accident.
for (const form of document.querySelectorAll('[data-guard]')) {
  let changed = false;
  form.addEventListener('input', () => (changed = true));
  form.addEventListener('submit', () => (changed = false));
  addEventListener('beforeunload', (event) => changed && event.preventDefault());
}

document.querySelector('[role=alert][tabindex]')?.focus();
addEventListener('pageshow', showCount);
showCount();
