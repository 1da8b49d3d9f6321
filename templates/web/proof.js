// Does the work that a form asks for before it is sent: it looks for a number that makes SHA-256 of `stamp:number`
// begin with enough zero bits (docs/abuse.md). It begins when the reader turns to the form, works in short slices so
// that the page stays lively, and holds the form back until it is done. Without a script the reader waits instead.
"use strict";

(() => {
  const SLICE = 25;  // milliseconds
  const PRIMES = [];
  for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every(prime => n % prime)) PRIMES.push(n);
  // FIPS 180-4, 4.2.2 and 5.3.3: the first 32 bits of the fractional parts of the primes' cube and square roots.
  const fraction = root => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
  const K = Int32Array.from(PRIMES, prime => fraction(Math.cbrt(prime)));
  const H = Int32Array.from(PRIMES.slice(0, 8), prime => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64);

  for (const field of document.querySelectorAll("input[name=proof][data-bits]")) prepare(field);

  function prepare(field) {
    const form = field.form, note = form.querySelector("[data-proof-note]");
    let work;
    const begin = () => work ||= solve(form.elements.stamp.value, Number(field.dataset.bits));
    form.addEventListener("focusin", begin, {once: true});
    if (form.contains(document.activeElement)) begin();
    form.addEventListener("submit", async event => {
      if (event.defaultPrevented || field.value) return;
      event.preventDefault();
      note.hidden = false;
      field.value = await begin();
      // With the button that was pressed, and not before this press is over: a form is not sent within its own sending.
      setTimeout(() => form.requestSubmit(event.submitter));
    });
  }

  window.newsletterProof = solve;  // for subscribe.js, on pages elsewhere

  async function solve(stamp, bits) {
    for (let number = 0; ;) {
      const end = performance.now() + SLICE;
      while (performance.now() < end)
        for (const last = number + 500; number < last; number++)
          if (firstWord(`${stamp}:${number}`) >>> (32 - bits) === 0) return String(number);
      await new Promise(done => setTimeout(done));
    }
  }

  // The first 32 bits of SHA-256 of at most 55 characters of ASCII, which are one block (FIPS 180-4, 6.2.2).
  function firstWord(text) {
    words.fill(0, 0, 16);
    for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    words[15] = text.length * 8;
    for (let i = 16; i < 64; i++) {
      const w = words[i - 15], v = words[i - 2];
      const s0 = turned(w, 7) ^ turned(w, 18) ^ (w >>> 3), s1 = turned(v, 17) ^ turned(v, 19) ^ (v >>> 10);
      words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = H;
    for (let i = 0; i < 64; i++) {
      const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25), s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const first = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + first) | 0; d = c; c = b; b = a; a = (first + second) | 0;
    }
    return H[0] + a | 0;
  }

  function turned(word, bits) { return (word >>> bits) | (word << (32 - bits)); }
})();
