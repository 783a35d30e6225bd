"use strict";
// The list without a mouse: j and k step through the calls, / goes to the search.
const links = [...document.querySelectorAll("#calls tbody a")];
document.addEventListener("keydown", event => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step && links.length) links[Math.min(links.length - 1, Math.max(0, links.indexOf(document.activeElement) + step))].focus();
  if (event.key === "/") { event.preventDefault(); document.querySelector("[name=text]").focus(); }
});
