// Draws the curves of figures from the data beside them: hovering or the arrow keys say what a point is, the key hides lines.
// Scales and tics are those of the printed figure, which stays one click away.
(function () {
  "use strict";
  const space = "http://www.w3.org/2000/svg";
  const palette = JSON.parse(document.getElementById("palette").textContent);
  const margin = { left: 58, right: 14, top: 24, bottom: 44 };
  let clipCount = 0;

  function make(parent, name, attributes, text) {
    const element = document.createElementNS(space, name);
    for (const key in attributes) { element.setAttribute(key, attributes[key]); }
    if (text !== undefined) { element.textContent = text; }
    parent.appendChild(element);
    return element;
  }

  function add(parent, name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    parent.appendChild(element);
    return element;
  }

  function scale(axis, from, to) {
    const measure = axis.isLogarithmic ? Math.log10 : function (value) { return value; };
    const low = measure(axis.lower);
    const high = measure(axis.upper);
    return function (value) { return from + (measure(value) - low) / (high - low) * (to - from); };
  }

  function colour(style) { return palette.colours[style % palette.colours.length]; }
  function dash(style) {
    const count = palette.dashes.length;
    return palette.dashes[(style % count + 3 * Math.floor(style / count)) % count];
  }

  function number(value) { return String(Number(value.toPrecision(5))).replace("-", "\u2212"); }
  function quantity(axis, value) {
    if (axis.isNames) { return axis.ticLabels[Math.round(value) - 1] || ""; }
    return number(value) + (axis.unit ? " " + axis.unit : "");
  }

  // Text keeps its size: of several panels side by side each is drawn smaller, not scaled down.
  function frame(columns) {
    return columns === 1 ? { width: 420, height: 270 } : columns === 2 ? { width: 400, height: 260 } : { width: 310, height: 240 };
  }

  function drawAxes(svg, panel, x, y, box, size) {
    const rotates = panel.x.isNames && panel.x.ticLabels.length > 4;
    panel.y.tics.forEach(function (tic, index) {
      const at = y(tic);
      make(svg, "line", { class: "rule", x1: box.left, x2: box.right, y1: at, y2: at });
      make(svg, "text", { class: "tic", x: box.left - 6, y: at + 4, "text-anchor": "end" }, panel.y.ticLabels[index]);
    });
    panel.x.tics.forEach(function (tic, index) {
      const at = x(tic);
      make(svg, "line", { class: "frame", x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4 });
      const place = rotates
        ? { class: "tic", "text-anchor": "end", transform: "translate(" + (at + 4) + " " + (box.bottom + 14) + ") rotate(-28)" }
        : { class: "tic", "text-anchor": "middle", x: at, y: box.bottom + 16 };
      make(svg, "text", place, panel.x.ticLabels[index]);
    });
    make(svg, "path", { class: "frame", d: "M" + box.left + "," + box.top + " V" + box.bottom + " H" + box.right });
    const unit = function (axis) { return axis.label + (axis.unit ? " (" + axis.unit + ")" : ""); };
    make(svg, "text", { x: (box.left + box.right) / 2, y: size.height - 6, "text-anchor": "middle" }, unit(panel.x));
    make(svg, "text", {
      "text-anchor": "middle", transform: "translate(13 " + (box.top + box.bottom) / 2 + ") rotate(-90)"
    }, unit(panel.y));
    if (panel.title) { make(svg, "text", { x: box.left, y: 14, "font-weight": "bold" }, panel.title); }
  }

  // Draws one panel and gives its points with their places.
  function drawPanel(holder, panel, labels, size) {
    const box = {
      left: margin.left, right: size.width - margin.right, top: margin.top, bottom: size.height - margin.bottom
    };
    const svg = make(holder, "svg", {
      viewBox: "0 0 " + size.width + " " + size.height, tabindex: "0", role: "application",
      "aria-label": (panel.title ? panel.title + ": " : "") + panel.y.label + " against " + panel.x.label + "; arrow keys read the points"
    });
    const x = scale(panel.x, box.left, box.right);
    const y = scale(panel.y, box.bottom, box.top);
    drawAxes(svg, panel, x, y, box, size);
    clipCount += 1;
    const clip = make(svg, "clipPath", { id: "curves-clip-" + clipCount });
    make(clip, "rect", { x: box.left - 5, y: box.top - 5, width: box.right - box.left + 10, height: box.bottom - box.top + 10 });
    const found = [];
    panel.lines.forEach(function (line) {
      const group = make(svg, "g", {
        "clip-path": "url(#curves-clip-" + clipCount + ")", style: "--c:" + colour(line.style), "data-style": line.style
      });
      const drawn = line.points.filter(function (point) {
        return point.length > 1 && point[1] !== null &&
          !(panel.x.isLogarithmic && point[0] <= 0) && !(panel.y.isLogarithmic && point[1] <= 0);
      });
      const isFront = line.role === "front";
      const isPublished = line.role === "published";
      if (!panel.x.isNames && drawn.length > 1 && !isPublished) {
        const path = drawn.map(function (point) { return x(point[0]).toFixed(1) + "," + y(point[1]).toFixed(1); });
        make(group, "path", {
          class: isFront ? "front" : "curve", d: "M" + path.join(" L"), stroke: colour(line.style), fill: "none",
          "stroke-dasharray": isFront ? "" : dash(line.style)
        });
      }
      // The front repeats points of the lines.
      if (isFront) { return; }
      const isDense = drawn.length > 40;
      drawn.forEach(function (point) {
        const at = { x: x(point[0]), y: y(point[1]) };
        const hasBar = point.length > 3 && point[2] !== null && point[3] !== null;
        if (hasBar && !isDense) {
          const low = panel.y.isLogarithmic && point[2] <= 0 ? box.bottom : y(point[2]);
          make(group, "line", { class: "bar", x1: at.x, x2: at.x, y1: low, y2: y(point[3]), stroke: colour(line.style) });
        }
        if (!isDense) { make(group, "circle", { class: isPublished ? "published" : "dot", cx: at.x, cy: at.y, r: 3, fill: colour(line.style) }); }
        found.push({ at: at, point: point, style: line.style, label: labels[line.style], hasBar: hasBar });
      });
    });
    const ring = make(svg, "circle", { class: "near", r: 6, cx: -99, cy: -99 });
    return { svg: svg, panel: panel, points: found, ring: ring, size: size };
  }

  function say(hint, drawn, spot, chart) {
    const panel = drawn.panel;
    drawn.ring.setAttribute("cx", spot.at.x);
    drawn.ring.setAttribute("cy", spot.at.y);
    hint.replaceChildren();
    add(hint, "b", "", spot.label);
    add(hint, "div", "", panel.x.label + ": " + quantity(panel.x, spot.point[0]));
    const spread = spot.hasBar ? " \u00b1 " + number((spot.point[3] - spot.point[2]) / 2) : "";
    const unit = panel.y.unit ? " " + panel.y.unit : "";
    add(hint, "div", "", panel.y.label + ": " + number(spot.point[1]) + spread + unit);
    if (spot.point.length > 4 && spot.point[4] !== null) { add(hint, "div", "", "n = " + spot.point[4]); }
    const outer = chart.getBoundingClientRect();
    const inner = drawn.svg.getBoundingClientRect();
    const zoom = inner.width / drawn.size.width;
    const left = inner.left - outer.left + spot.at.x * zoom + 12;
    const top = inner.top - outer.top + spot.at.y * zoom + 12;
    hint.style.left = Math.max(0, Math.min(left, outer.width - hint.offsetWidth - 8)) + "px";
    hint.style.top = Math.max(0, Math.min(top, outer.height - hint.offsetHeight - 4)) + "px";
  }

  function listen(chart, drawn, hint, hidden) {
    let current = -1;
    function visible() { return drawn.points.filter(function (spot) { return !hidden.has(spot.style); }); }
    function leave() {
      hint.replaceChildren();
      drawn.ring.setAttribute("cx", -99);
    }
    drawn.svg.addEventListener("pointermove", function (event) {
      const outline = drawn.svg.getBoundingClientRect();
      const zoom = drawn.size.width / outline.width;
      const at = { x: (event.clientX - outline.left) * zoom, y: (event.clientY - outline.top) * zoom };
      let best = null;
      let least = 45 * 45;
      visible().forEach(function (spot) {
        const distance = Math.pow(spot.at.x - at.x, 2) + Math.pow(spot.at.y - at.y, 2);
        if (distance < least) { least = distance; best = spot; }
      });
      if (best) { say(hint, drawn, best, chart); } else { leave(); }
    });
    drawn.svg.addEventListener("pointerleave", leave);
    drawn.svg.addEventListener("blur", leave);
    drawn.svg.addEventListener("keydown", function (event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const spots = visible();
      if (event.key === "Escape") { leave(); return; }
      if (!spots.length || (!step && event.key !== "ArrowDown" && event.key !== "ArrowUp")) { return; }
      event.preventDefault();
      if (step) {
        current = (current + step + spots.length) % spots.length;
      } else {
        // The first point of the next or of the previous line.
        const styles = Array.from(new Set(spots.map(function (spot) { return spot.style; })));
        const style = current < 0 ? 0 : styles.indexOf(spots[Math.min(current, spots.length - 1)].style);
        const next = styles[(style + (event.key === "ArrowDown" ? 1 : -1) + styles.length) % styles.length];
        current = spots.findIndex(function (spot) { return spot.style === next; });
      }
      say(hint, drawn, spots[current], chart);
    });
  }

  function drawKey(chart, curves, hidden) {
    const key = add(chart, "div", "key");
    const used = new Map();
    curves.panels.forEach(function (panel) {
      panel.lines.forEach(function (line) { if (line.points.length) { used.set(line.style, line.role); } });
    });
    curves.labels.forEach(function (label, style) {
      if (!used.has(style)) { return; }
      const button = add(key, "button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      const sample = make(button, "svg", { viewBox: "0 0 26 10", "aria-hidden": "true", style: "--c:" + colour(style) });
      if (used.get(style) === "published") {
        make(sample, "circle", { class: "published", cx: 13, cy: 5, r: 3 });
      } else {
        const isFront = used.get(style) === "front";
        make(sample, "path", {
          class: isFront ? "front" : "curve", d: "M0,5 H26", stroke: colour(style), "stroke-dasharray": isFront ? "" : dash(style)
        });
      }
      add(button, "span", "", label);
      button.addEventListener("click", function () {
        if (!hidden.delete(style)) { hidden.add(style); }
        button.setAttribute("aria-pressed", String(!hidden.has(style)));
        chart.querySelectorAll("g[data-style='" + style + "']").forEach(function (group) {
          group.classList.toggle("away", hidden.has(style));
        });
      });
    });
  }

  document.querySelectorAll("script.curves").forEach(function (source) {
    const curves = JSON.parse(source.textContent);
    const figure = source.closest("figure");
    const printed = figure.querySelector(".printed");
    if (!curves.panels.some(function (panel) { return panel.lines.some(function (line) { return line.points.length; }); })) { return; }
    const chart = document.createElement("div");
    chart.className = "chart";
    // Panels above each other are for narrow columns of print.
    const columns = Math.min(curves.panelsPerRow === 1 ? 3 : curves.panelsPerRow, curves.panels.length);
    chart.style.maxWidth = (columns === 1 ? 34 : 72) + "rem";
    const hidden = new Set();
    drawKey(chart, curves, hidden);
    const holder = add(chart, "div", "panels");
    holder.style.gridTemplateColumns = "repeat(auto-fit, minmax(min(100%, " + (columns === 1 ? 20 : columns === 2 ? 22 : 18) + "rem), 1fr))";
    const hint = add(chart, "div", "hint");
    hint.setAttribute("role", "status");
    curves.panels.forEach(function (panel) { listen(chart, drawPanel(holder, panel, curves.labels, frame(columns)), hint, hidden); });
    figure.insertBefore(chart, printed);
    const button = add(figure, "button", "switch", "As printed");
    button.type = "button";
    figure.insertBefore(button, chart);
    printed.hidden = true;
    button.addEventListener("click", function () {
      printed.hidden = !printed.hidden;
      chart.hidden = !printed.hidden;
      button.textContent = printed.hidden ? "As printed" : "With hover";
    });
  });
})();
