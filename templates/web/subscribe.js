// Makes a sign-up form more pleasant where there is a script; docs/signing-up.md says how. It tells the form the
// browser's time zone and, where the form names the API, sends it without leaving the page. Whatever goes wrong with
// that, the form is sent as if there were no script. It styles nothing: the page does, by the form's classes.
"use strict";

(() => {
  const STATES = ["sending", "asked", "refused", "sent"].map(state => `newsletter-${state}`);
  const FIELDS = ["email", "name", "frequency", "language", "time_zone", "page", "consent_version", "leave_empty"];
  const LONGEST_WAIT = 5, PATIENCE = 15;  // seconds
  const HOME = document.currentScript.src;
  const later = seconds => new Promise(done => setTimeout(done, seconds * 1000));

  for (const form of document.querySelectorAll("form[data-newsletter]:not([data-newsletter-ready])")) {
    form.dataset.newsletterReady = "";  // a page with two forms may bring the script twice
    fill(form, "time_zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
    if (form.dataset.newsletterApi) {
      fill(form, "page", location.href.split("#")[0]);
      form.addEventListener("submit", event => { event.preventDefault(); send(form); });
    }
  }

  function fill(form, name, value) {
    const field = form.elements[name];
    if (field) field.value ||= value || "";
  }

  async function send(form, more = {}) {
    if (form.classList.contains("newsletter-sending")) return;
    try {
      show(form, "sending");
      await ask(form, {...wish(form), ...more});
    } catch {
      form.classList.remove(...STATES);
      HTMLFormElement.prototype.submit.call(form);
    }
  }

  function wish(form) {
    const said = new FormData(form), fields = {newsletters: [form.dataset.newsletter]};
    for (const name of FIELDS) if (said.has(name)) fields[name] = said.get(name);
    return {...fields, sections: said.getAll("sections")};
  }

  async function ask(form, wish, isSecond = false) {
    const response = await fetch(form.dataset.newsletterApi, {
      method: "POST", credentials: "omit", headers: {"Content-Type": "application/json"},
      body: JSON.stringify(wish), signal: AbortSignal.timeout(PATIENCE * 1000),
    });
    const said = await response.json(), fault = said.errors?.[0];
    if (response.status === 202) show(form, "sent", said.detail);
    else if (fault?.pointer === "/email" && fault.suggestion) question(form, fault, wish.email);
    else if (fault?.pointer === "/email") refuse(form, fault.detail);
    else if (response.status === 429) show(form, "refused", said.detail);
    else if (said.stamp && said.wait <= LONGEST_WAIT && !isSecond) {
      const [proof] = await Promise.all([prove(said.stamp, said.proof_of_work), later(said.wait)]);
      await ask(form, {...wish, stamp: said.stamp, proof}, true);
    } else throw new Error(said.detail);
  }

  async function prove(stamp, bits) {
    if (!bits) return "";
    if (!window.newsletterProof) await load(new URL("proof.js", HOME));
    return window.newsletterProof(stamp, bits);
  }

  function load(src) {
    return new Promise((done, fail) => {
      document.head.append(Object.assign(document.createElement("script"), {src, onload: done, onerror: fail}));
    });
  }

  function show(form, state, words = "") {
    form.classList.remove(...STATES);
    form.classList.add(`newsletter-${state}`);
    form.elements.email.removeAttribute("aria-invalid");
    const place = form.querySelector(".newsletter-answer");
    place.textContent = words;
    place.id ||= `newsletter-answer-${document.querySelectorAll(".newsletter-answer[id]").length + 1}`;
    return place;
  }

  function refuse(form, words) {
    const field = form.elements.email, place = show(form, "refused", words);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", place.id);
    field.focus();
  }

  function question(form, fault, typed) {
    const place = show(form, "asked", fault.detail);
    const yes = button(form.dataset.newsletterYes, place, () => {
      form.elements.email.value = fault.suggestion;
      decide(form, {});
    });
    place.append(" ", yes, " ", button(form.dataset.newsletterNo, place, () => decide(form, {keep: typed})));
    yes.focus();
  }

  function decide(form, more) {
    form.querySelector("[type=submit]")?.focus();  // the button pressed is about to go
    send(form, more);
  }

  function button(words, place, press) {
    const made = document.createElement("button");
    Object.assign(made, {type: "button", textContent: words});
    made.setAttribute("aria-describedby", place.id);
    made.addEventListener("click", press);
    return made;
  }
})();
