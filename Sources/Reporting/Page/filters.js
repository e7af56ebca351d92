// Filters over the rows of all tables, kept in the address behind the hash, and links that open what they lead to.
// Without this script the page is a plain document in which nothing is hidden.
(function () {
  "use strict";
  const form = document.getElementById("filters");
  const main = document.getElementById("main");
  const names = ["paper", "network", "dataset", "method", "q"];
  const rowNames = ["network", "dataset", "method"];
  const sections = Array.from(main.querySelectorAll("section.experiment"));
  const papers = Array.from(main.querySelectorAll("section.paper"));

  function words(element) { return element.textContent.toLowerCase().replace(/\s+/g, " "); }

  // A section's own words count for all of its rows.
  const headings = new Map(sections.map(function (section) {
    const question = section.querySelector(".question");
    return [section, section.id.toLowerCase() + " " + (question ? words(question) : "")];
  }));
  const rows = Array.from(main.querySelectorAll("[data-method]")).map(function (element) {
    const section = element.closest("section.experiment");
    const values = {};
    rowNames.forEach(function (name) { 
      const own = element.dataset[name];
      const value = own === undefined && section ? section.dataset[name] : own;
      values[name] = (value || "").split("|");
    });
    return {
      element: element, section: section, values: values, isRun: element.tagName === "TBODY",
      paper: element.closest("section.paper").dataset.paper, text: null
    };
  });
  const total = rows.filter(function (row) { return !row.isRun; }).length;

  function state() {
    const result = {};
    names.forEach(function (name) { result[name] = form.elements[name].value.trim(); });
    return result;
  }

  function matches(row, wanted) {
    if (wanted.paper && row.paper !== wanted.paper) { return false; }
    for (const name of rowNames) {
      if (wanted[name] && !row.values[name].includes(wanted[name])) { return false; }
    }
    if (!wanted.q) { return true; }
    if (row.text === null) {
      row.text = words(row.element) + " " + (row.section ? headings.get(row.section) : "");
    }
    return wanted.q.toLowerCase().split(/\s+/).every(function (word) { return row.text.includes(word); });
  }

  function hasRows(element) {
    return Array.from(element.querySelectorAll("[data-method]")).some(function (row) { return !row.hidden; });
  }

  function apply() {
    const wanted = state();
    const isByRow = Boolean(wanted.network || wanted.dataset || wanted.method || wanted.q);
    let shown = 0;
    rows.forEach(function (row) {
      row.element.hidden = !matches(row, wanted);
      if (!row.element.hidden && !row.isRun) { shown += 1; }
    });
    main.querySelectorAll("figure.table, details.runs").forEach(function (part) {
      part.hidden = isByRow && !hasRows(part);
    });
    sections.forEach(function (section) {
      const found = wanted.q && !(wanted.network || wanted.dataset || wanted.method) &&
        wanted.q.toLowerCase().split(/\s+/).every(function (word) { return headings.get(section).includes(word); });
      section.hidden = isByRow && !found && !hasRows(section);
    });
    papers.forEach(function (paper) {
      const isOther = wanted.paper && paper.dataset.paper !== wanted.paper;
      const isEmpty = isByRow && !hasRows(paper) &&
        !sections.some(function (section) { return paper.contains(section) && !section.hidden; });
      paper.hidden = Boolean(isOther || isEmpty);
      document.querySelectorAll(".side [data-paper], .overview [data-paper]").forEach(function (item) {
        if (item.dataset.paper === paper.dataset.paper) { item.hidden = paper.hidden; }
      });
    });
    document.querySelectorAll(".side li li a").forEach(function (link) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      link.parentElement.hidden = Boolean(section && section.hidden);
    });
    names.forEach(function (name) { form.elements[name].classList.toggle("on", wanted[name] !== ""); });
    document.getElementById("count").textContent = shown + " of " + total + " rows";
    document.getElementById("nothing").hidden = papers.some(function (paper) { return !paper.hidden; });
  }

  function address(place) {
    const wanted = state();
    const parts = new URLSearchParams();
    names.forEach(function (name) { if (wanted[name]) { parts.set(name, wanted[name]); } });
    if (parts.toString() === "") { return place ? "#" + encodeURI(place) : "#"; }
    if (place) { parts.set("at", place); }
    return "#" + parts.toString();
  }

  function clear() {
    names.forEach(function (name) { form.elements[name].value = ""; });
    apply();
  }

  // Opens whatever hides a place and brings it into view.
  function go(place) {
    const element = document.getElementById(place);
    if (!element) { return; }
    if (element.closest("[hidden]")) {
      clear();
      history.replaceState(null, "", address(place));
    }
    for (let part = element; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") { part.open = true; }
    }
    document.querySelectorAll(".target").forEach(function (other) { other.classList.remove("target"); });
    element.classList.add("target");
    element.scrollIntoView({ block: element.tagName === "SECTION" ? "start" : "center" });
    if (!element.matches("a, button, input, select, summary, [tabindex]")) { element.tabIndex = -1; }
    element.focus({ preventScroll: true });
  }

  function read() {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) {
      if (hash) { go(decodeURIComponent(hash)); }
      return;
    }
    const parts = new URLSearchParams(hash);
    names.forEach(function (name) {
      const control = form.elements[name];
      control.value = parts.get(name) || "";
      // A value that is no longer there filters nothing.
      if (control.selectedIndex === -1) { control.value = ""; }
    });
    apply();
    if (parts.get("at")) { go(parts.get("at")); }
  }

  form.addEventListener("input", function () {
    apply();
    history.replaceState(null, "", address(""));
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  ["clear", "clear-again"].forEach(function (name) {
    document.getElementById(name).addEventListener("click", function () {
      clear();
      history.replaceState(null, "", "#");
    });
  });
  // Where there is room, the first two columns stay in sight.
  if (window.innerWidth > 900) {
    main.querySelectorAll("figure.table .scroll").forEach(function (box) {
      const head = box.querySelector("thead th");
      if (!head || box.scrollWidth <= box.clientWidth) { return; }
      box.style.setProperty("--first", head.getBoundingClientRect().width + "px");
      box.classList.add("wide");
    });
  }
  // Every value of a row leads where its first value does.
  main.querySelectorAll("figure.table tbody tr").forEach(function (row) {
    const link = row.querySelector("td a[href^='#']") || row.querySelector("th a[href^='#']");
    if (!link) { return; }
    row.querySelectorAll("td.n:not(.words):not(.missing)").forEach(function (cell) {
      if (cell.querySelector("a")) { return; }
      cell.classList.add("goes");
      cell.addEventListener("click", function () {
        if (String(getSelection()) === "") { link.click(); }
      });
    });
  });
  // The filters stay in the address when a link on the page is followed.
  document.addEventListener("click", function (event) {
    const link = event.target.closest && event.target.closest("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    const place = decodeURIComponent(link.hash.slice(1));
    const next = address(place);
    if (next !== location.hash) { history.pushState(null, "", next); }
    go(place);
  });
  window.addEventListener("hashchange", read);
  window.addEventListener("popstate", read);

  form.hidden = false;
  apply();
  read();
})();
