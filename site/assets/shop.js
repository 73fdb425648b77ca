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

// Product page: the chosen variant's price, and adding without leaving the page.
const buy = document.querySelector('[data-buy]');
if (buy) {
  const text = (name, value) => {
    const place = document.querySelector(`[data-price] [data-${name}]`);
    place.textContent = (value ?? '').trim();
    place.hidden = !value;
  };
  const show = (chosen) => {
    if (!chosen?.dataset.price) return;
    text('amount', chosen.dataset.price);
    text('before', chosen.dataset.before);
    text('unit-price', chosen.dataset.unitPrice);
    const pictures = [...document.querySelectorAll('.gallery img')];
    const own = pictures.find((picture) => picture.getAttribute('src') === chosen.dataset.image);
    // Not scrollIntoView: the page itself stays where it is.
    if (own) own.parentElement.scrollTo({ left: own.offsetLeft - own.parentElement.offsetLeft, behavior: 'smooth' });
    for (const picture of pictures) picture.classList.toggle('lead', picture === own);
  };
  buy.addEventListener('change', (event) => show(event.target));
  show(buy.querySelector('[name=sku]:checked'));
  buy.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = buy.querySelector('.button');
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
      button.disabled = false;
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
