// Ctrl+Enter tries what was pasted; picking an example needs no button.
"use strict";

const message = document.getElementById("message");
message.addEventListener("keydown", (press) => {
  if (press.key === "Enter" && (press.ctrlKey || press.metaKey)) message.form.requestSubmit();
});

const example = document.getElementById("example");
example.addEventListener("change", () => example.form.requestSubmit());
