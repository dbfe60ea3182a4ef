// Plays from any moment: links #t=12.3, the timeline, the voice curves, the transcript and the keyboard.
"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const words = read("words"), moments = read("moments");
  const [audio, toggle, stack, playhead, list, now] = ["audio", "toggle", "stack", "playhead", "turns", "now"].map((id) => document.getElementById(id));
  const turns = [...document.querySelectorAll(".said")].map((line) => ({line, start: Number(line.dataset.start), end: Number(line.dataset.end)}));
  const picture = document.querySelector(".timeline"), voice = document.querySelector(".voice");
  let time = 0, current = null;

  const address = () => { const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash); return found ? Number(found[1]) : null; };

  function show(seconds, scroll) {
    time = seconds;
    const box = picture.getBoundingClientRect(), from = stack.getBoundingClientRect().left;
    playhead.hidden = false;
    playhead.style.left = `${box.left - from + box.width * Math.min(1, seconds / words.duration)}px`;
    const turn = turns.findLast((t) => t.start <= seconds + 0.05 && seconds < t.end) ?? turns.findLast((t) => t.start <= seconds + 0.05);
    if (turn === current) return;
    current?.line.classList.remove("now");
    current = turn;
    turn?.line.classList.add("now");
    if (now) now.textContent = turn ? turn.line.querySelector(".words").textContent.trim() : "";
    if (turn && scroll && list.scrollHeight > list.clientHeight + 1)
      list.scrollTop = turn.line.offsetTop - list.offsetTop - list.clientHeight / 3;
  }

  function seek(seconds, play) {
    seconds = Math.max(0, seconds);
    show(seconds, true);
    if (!audio) {
      if (current && list.scrollHeight <= list.clientHeight + 1) current.line.scrollIntoView({block: "center"});
      return;
    }
    if (audio.readyState > 0) audio.currentTime = seconds;
    else audio.addEventListener("loadedmetadata", () => { audio.currentTime = seconds; }, {once: true});
    if (play) audio.play().catch(() => {});
  }

  function jump(seconds) {
    history.replaceState(null, "", `#t=${seconds.toFixed(1)}`);
    seek(seconds, true);
  }

  function step(forward) {
    const at = audio ? audio.currentTime : time;
    const next = forward ? moments.find((m) => m > at + 0.3) : moments.findLast((m) => m < at - 1.5);
    if (next !== undefined) jump(next);
  }

  const playPause = () => { if (audio) audio.paused ? audio.play().catch(() => {}) : audio.pause(); };

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#t="]');
    if (link) {
      event.preventDefault();
      jump(Number(link.getAttribute("href").slice(3)));
      return;
    }
    const line = event.target.closest(".said");
    if (line && getSelection().isCollapsed) jump(Number(line.dataset.start));
  });
  const place = (event) => {
    const box = picture.getBoundingClientRect(), share = (event.clientX - box.left) / box.width;
    if (share >= 0 && share <= 1 && !event.target.closest("a")) jump(share * words.duration);
  };
  picture.addEventListener("click", place);
  voice?.addEventListener("click", place);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, audio, summary")) return;
    if (event.key === " " && !event.target.closest("button")) playPause();
    else if (event.key === "ArrowRight") step(true);
    else if (event.key === "ArrowLeft") step(false);
    else return;
    event.preventDefault();
  });
  document.getElementById("previous")?.addEventListener("click", () => step(false));
  document.getElementById("next")?.addEventListener("click", () => step(true));
  toggle?.addEventListener("click", playPause);
  for (const kind of ["play", "pause", "ended"]) audio?.addEventListener(kind, () => {
    const label = audio.paused ? words.play : words.pause;
    toggle.classList.toggle("playing", !audio.paused);
    toggle.title = label;
    toggle.setAttribute("aria-label", label);
  });
  audio?.addEventListener("timeupdate", () => { if (audio.readyState > 0 && (audio.currentTime > 0 || !audio.paused)) show(audio.currentTime, !audio.paused); });
  addEventListener("resize", () => { if (!playhead.hidden) show(time, false); });
  const open = () => { const seconds = address(); if (seconds !== null) seek(seconds, false); };
  addEventListener("hashchange", open);
  open();
})();
