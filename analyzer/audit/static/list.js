"use strict";
// A list without a mouse: j and k step through it, / goes to the search; Enter in a filter shows what it chose.
const links = [...document.querySelectorAll("#calls tbody a")];
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target.matches("select")) event.target.form.requestSubmit();
  if (event.target.closest("input, select, textarea, dialog")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step && links.length) {
    const next = links[Math.min(links.length - 1, Math.max(0, links.indexOf(document.activeElement) + step))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  if (event.key === "/") { event.preventDefault(); const search = document.querySelector("[type=search]"); search.focus(); search.select(); }
});

// An address says only what was asked.
document.querySelector("form").parentNode.querySelectorAll("form:not([method])").forEach(form => form.addEventListener("formdata", ({ formData }) => {
  for (const name of [...formData.keys()]) if (!formData.get(name)) formData.delete(name);
}));

// A row opens its call, unless somebody marks words in it.
document.querySelectorAll("#calls tbody tr").forEach(row => row.addEventListener("click", event => {
  if (!event.target.closest("a") && !String(getSelection())) row.querySelector("a")?.click();
}));

// Back from a call, the list stands where it was left.
const place = `audit${location.search}`;
links.forEach(link => link.addEventListener("click", () => sessionStorage.setItem(place, link.href)));
if (location.pathname === "/moments") sessionStorage.setItem("moments", JSON.stringify(links.map(link => link.href)));
if (/\/calls\//.test(document.referrer)) links.find(link => link.href === sessionStorage.getItem(place))?.focus();

// Records are still being read: the question is asked again, unless another is being written.
const question = document.querySelector("#reading") && document.querySelector("[name=q]");
if (question) setTimeout(function again() {
  if (question.value === question.defaultValue && document.activeElement?.tagName !== "INPUT") location.reload(); else setTimeout(again, 3_000);
}, 3_000);
