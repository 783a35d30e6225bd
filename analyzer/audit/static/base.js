"use strict";
// What every page has: its keys, shown by a question mark.
const help = document.getElementById("help"), keys = document.getElementById("keys");
function showKeys() { help.open ? help.close() : help.showModal(); }
keys?.addEventListener("click", showKeys);
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "?" && keys) { event.preventDefault(); showKeys(); return; }
  if (help.open) return;
  const way = { "[": "prev", "]": "next" }[event.key];
  if (way) document.querySelector(`a[rel=${way}]`)?.click();
});
help.addEventListener("click", event => { if (event.target === help) help.close(); });
