// @ts-check
/** Files for the person to keep. */

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * "beach.jpg" graded by "golden hour" → "beach-golden-hour.png"
 * @param {string} original
 * @param {string} intent
 * @param {string} suffix with its dot
 */
export function gradedName(original, intent, suffix) {
  const stem = original.replace(/\.[^.]*$/, "");
  const words = intent.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  return `${stem}-${words || "graded"}${suffix}`;
}
