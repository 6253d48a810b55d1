// @ts-check
/* Light, dark, or as the system has it; remembered. A classic script, so that it runs before the page is painted. */
{
  const KEY = "goldenhour-theme";
  const remembered = () => {
    try {
      return localStorage.getItem(KEY) ?? "system";
    } catch {
      return "system"; // storage can be forbidden
    }
  };
  const apply = (/** @type {string} */ theme) => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };

  apply(remembered());

  document.addEventListener("DOMContentLoaded", () => {
    for (const radio of document.querySelectorAll("input[name=theme]")) {
      if (!(radio instanceof HTMLInputElement)) continue;
      radio.checked = radio.value === remembered();
      radio.addEventListener("change", () => {
        apply(radio.value);
        document.dispatchEvent(new Event("theme"));
        try {
          localStorage.setItem(KEY, radio.value);
        } catch {
          // it holds for as long as the page is open
        }
      });
    }
  });
}
