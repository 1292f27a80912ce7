// Ctrl+Enter tries what was pasted; picking an example needs no button.
"use strict";

// On the document, before there is a body: a key or a choice cannot come too early to be heard.
document.addEventListener("keydown", (press) => {
  if (press.target.id !== "message" || press.key !== "Enter") return;
  if (press.ctrlKey || press.metaKey) press.target.form.requestSubmit();
});

document.addEventListener("change", (choice) => {
  if (choice.target.id === "example") choice.target.form.requestSubmit();
});
