/** What an examiner looks for in a page: an object of functions, each gives the elements at fault. */
({
  unnamed() {
    const asked = "button, input, select, [role=slider], [role=img], canvas, img, dialog";
    return [...document.querySelectorAll(asked)]
      .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("[aria-hidden=true]"))
      .filter((each) => {
        const ids = (each.getAttribute("aria-labelledby") ?? "").split(" ");
        const others = [...ids.map((id) => document.getElementById(id)), ...(each.labels ?? [])];
        const own = [each.getAttribute("aria-label"), each.getAttribute("alt"), each.innerText];
        return ![...own, ...others.map((other) => other?.textContent)].some((name) => name?.trim());
      })
      .map((each) => each.outerHTML.slice(0, 120));
  },

  smallTargets(side) {
    return [...document.querySelectorAll("button, input:not(.unseen), select, [role=slider]")]
      .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled)
      .map((each) => {
        const box = (each.type === "radio" ? each.closest("label") : each).getBoundingClientRect();
        // a target may be larger than what is drawn
        const more = getComputedStyle(each, "::before");
        const grown = (edge) => (more.position === "absolute" ? -parseFloat(more[edge]) || 0 : 0);
        const [width, height] = [box.width + grown("left") + grown("right"), box.height + grown("top") + grown("bottom")];
        return { each, width, height };
      })
      .filter(({ width, height }) => width && (width < side - 0.5 || height < side - 0.5))
      .map(({ each, width, height }) => `${width} x ${height}: ${each.outerHTML.slice(0, 100)}`);
  },

  /** WCAG 2: text against what is behind it, computed by the formula of relative luminance. */
  lowContrast(least) {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    };
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
    const behind = (element) => {
      for (let each = element; each; each = each.parentElement) {
        const colour = rgba(getComputedStyle(each).backgroundColor);
        if (colour[3] > 127) return colour;
      }
      return rgba(getComputedStyle(document.documentElement).backgroundColor);
    };
    const hasText = (each) =>
      [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) ||
      (each instanceof HTMLInputElement && each.type !== "range");
    const isOff = (each) => each.closest(":disabled, [data-off]") || each.control?.disabled;
    return [...document.querySelectorAll("body *")]
      .filter((each) => hasText(each) && !isOff(each))
      .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .map((each) => {
        const [one, other] = [luminance(rgba(getComputedStyle(each).color)), luminance(behind(each))];
        return { each, ratio: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) };
      })
      .filter(({ ratio }) => ratio < least)
      .map(({ each, ratio }) => `${ratio.toFixed(2)}: ${each.outerHTML.slice(0, 90)}`);
  },

  /** Whether it is seen where the keyboard is; sliders and switches mark their thumb, looks their picture. */
  focusIsSeen() {
    const { activeElement: at } = document;
    const marked = getComputedStyle(at).outlineStyle !== "none" || ["range", "radio"].includes(at.type);
    return at.matches(":focus-visible") && (marked || at.id === "intent");
  },

  moving() {
    const lasting = (each) => parseFloat(getComputedStyle(each).transitionDuration) > 0;
    return [...document.getAnimations().map(String), ...[...document.querySelectorAll("*")].filter(lasting).map((each) => each.className)];
  },
})
