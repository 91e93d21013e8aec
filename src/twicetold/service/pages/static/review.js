// What the pages do with script, beyond what they do without: shortcuts for the group page, and where the focus goes.
"use strict";

(() => {
  const form = document.querySelector("[data-shortcuts]");
  const toggle = document.getElementById("shortcuts");
  if (!form) return;
  const name = "twicetold-shortcuts";
  let on = true;
  try { on = localStorage.getItem(name) !== "off"; } catch { /* private windows may have no storage */ }
  if (toggle) {
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      try { localStorage.setItem(name, on ? "on" : "off"); } catch { /* holds for this page only */ }
    });
  }
  const members = [...form.querySelectorAll("[data-member]")];
  const press = (member, selector) => {
    const control = member.querySelector(selector);
    if (control) { control.click(); control.focus(); }
  };
  const move = (member, by) => {
    const next = members[members.indexOf(member) + by];
    if (!next) return;
    (next.querySelector("input[type=radio]:checked") || next.querySelector("input")).focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const does = {
    s: (member) => press(member, "input[value=same]"),
    d: (member) => press(member, "input[value=different]"),
    u: (member) => press(member, "input[value=unsure]"),
    k: (member) => press(member, "input[name=keeper]"),
    x: (member) => press(member, "input[name=tick]"),
    j: (member) => move(member, 1),
    i: (member) => move(member, -1),
  };
  // Only while a choice of a record has the focus: no letter is taken away from anybody who reads or types.
  form.addEventListener("keydown", (event) => {
    const member = event.target.closest("[data-member]");
    const isChoice = event.target.matches("input[type=radio], input[type=checkbox]");
    if (!on || !member || !isChoice || event.ctrlKey || event.altKey || event.metaKey) return;
    const act = does[event.key];
    if (act) { event.preventDefault(); act(member); }
  });
})();
