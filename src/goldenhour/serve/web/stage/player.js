// @ts-check
/** Play, pause, seek, loop and sound of the clip on the stage; the engine draws each of its frames. */

import { button, byId, icon, show } from "../page/dom.js";

/** @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(Number.isFinite(seconds) ? seconds : 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {import("./view.js").View} view */
export function player(view) {
  const [play, loop, mute] = [button("play"), button("loop"), button("mute")];
  const [seek, time] = [byId("seek", HTMLInputElement), byId("time", HTMLOutputElement)];
  /** @type {HTMLVideoElement | null} */
  let video = null;
  /** @type {AbortController | null} */
  let listening = null;
  let resume = false;

  const update = () => {
    if (!video) return;
    const playing = !video.paused;
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    play.replaceChildren(icon(playing ? "pause" : "play"));
    loop.setAttribute("aria-pressed", String(video.loop));
    mute.setAttribute("aria-pressed", String(video.muted));
    mute.replaceChildren(icon(video.muted ? "mute" : "sound"));
    seek.max = String(video.duration || 0);
    if (document.activeElement !== seek || playing) seek.value = String(video.currentTime);
    seek.style.setProperty("--done", `${(100 * video.currentTime) / (video.duration || 1)}%`);
    seek.setAttribute("aria-valuetext", `${clock(video.currentTime)} of ${clock(video.duration)}`);
    time.value = `${clock(video.currentTime)} / ${clock(video.duration)}`;
  };
  const toggle = () => {
    if (!video) return;
    if (video.paused) video.play().catch(() => update());
    else video.pause();
  };

  play.addEventListener("click", toggle);
  loop.addEventListener("click", () => {
    if (video) video.loop = !video.loop;
    update();
  });
  mute.addEventListener("click", () => {
    if (video) video.muted = !video.muted;
  });
  seek.addEventListener("pointerdown", () => {
    resume = Boolean(video && !video.paused);
    video?.pause();
  });
  seek.addEventListener("input", () => {
    if (video) video.currentTime = Number(seek.value);
  });
  seek.addEventListener("change", () => {
    if (resume) video?.play().catch(() => update());
    resume = false;
  });

  return {
    toggle,
    /** @param {HTMLVideoElement | null} next the clip on the stage, or null for a photo */
    attach(next) {
      listening?.abort();
      video?.pause();
      video = next;
      show(video !== null, byId("player", HTMLElement));
      if (!video) return;
      listening = new AbortController();
      const { signal } = listening;
      for (const event of ["play", "pause", "timeupdate", "durationchange", "volumechange", "ended"]) video.addEventListener(event, update, { signal });
      video.addEventListener("seeked", () => view.draw(), { signal });
      update();
    },
  };
}
