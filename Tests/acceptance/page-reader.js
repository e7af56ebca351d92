// Acts like a reader of the page and writes what it finds to the end of the document, one line each: passed or FAILED.
window.addEventListener("load", async function () {
  const list = document.createElement("pre");
  // Written as it is found, so that one can see how far the reader came.
  function check(isTrue, text) {
    list.textContent += "\n" + (isTrue ? "passed" : "FAILED") + ": " + text.replace(/\n/g, " ") + "\n";
  }
  function pause() { return new Promise(function (resolve) { setTimeout(resolve, 60); }); }
  function all(selector) { return Array.from(document.querySelectorAll(selector)); }
  function isSeen(element) { return element.getClientRects().length > 0; }
  function rows() { return all("tr[data-method]").filter(isSeen); }
  const form = document.getElementById("filters");
  const count = document.getElementById("count");

  async function choose(name, value) {
    const control = form.elements[name];
    control.focus();
    control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    await pause();
  }

  document.body.appendChild(list);
  try {
    await pause();
    if (location.hash.includes("=")) {
      const wanted = new URLSearchParams(location.hash.slice(1)).get("method");
      check(wanted && form.elements.method.value === wanted && rows().length > 0 &&
        rows().length < all("tr[data-method]").length, "opened with its filter, " + rows().length + " rows");
    }
    const total = all("tr[data-method]").length;
    document.getElementById("clear").click();
    await pause();
    check(isSeen(form) && rows().length === total && total > 20, "the filters are there, over " + total + " rows");

    // A filter hides rows, and whole sections without any.
    const method = Array.from(form.elements.method.options).map(function (option) { return option.value; })
      .filter(function (value) { return value && value !== "dense"; })
      .find(function (value) { return all("figure.table:not(.claims *) td a").some(function (link) {
        const row = link.closest("tr");
        return row.dataset.method === value;
      }); });
    await choose("method", method);
    check(rows().length > 0 && rows().length < total &&
      rows().every(function (row) { return row.dataset.method.split("|").includes(method); }),
      "the method " + method + " leaves " + rows().length + " rows");
    check(count.textContent === rows().length + " of " + total + " rows", "the count says " + count.textContent);
    check(all("section.experiment").some(function (section) { return !isSeen(section); }) &&
      all("section.experiment").filter(isSeen).every(function (section) {
        return section.querySelector("tr[data-method='" + method + "'], tr[data-method*='" + method + "']");
      }), "sections without such a row are hidden");
    const address = location.hash;
    check(address.includes("method=" + method), "the address holds the filter");
    check(true, "the address is " + address);

    // A cell leads to its runs; the filter stays.
    const link = all("section.experiment figure.table td a[href^='#']").filter(isSeen)[0];
    const cell = Array.from(link.closest("tr").querySelectorAll("td.goes"))[0] || link;
    cell.click();
    await pause();
    const place = decodeURIComponent(link.hash.slice(1));
    const runs = document.getElementById(place);
    check(runs && isSeen(runs) && runs.closest("details").open, "a cell opens its runs");
    const followed = location.hash;
    check(location.hash.includes("method=") && decodeURIComponent(location.hash).includes("at=" + place),
      "the address holds filter and place");
    const record = runs.querySelector("a[href$='record.json']");
    check(Boolean(record), "a cell leads to " + (record ? record.getAttribute("href") : "no record"));
    const back = runs.querySelector(".of a[href^='#']");
    back.click();
    await pause();
    const row = document.getElementById(decodeURIComponent(back.hash.slice(1)));
    check(row === link.closest("tr") && row.classList.contains("target"), "the runs lead back to the row");
    // As the browser does on its way back; its own steps take real time, of which headless Chromium gives none.
    history.replaceState(null, "", followed);
    window.dispatchEvent(new PopStateEvent("popstate"));
    check(runs.classList.contains("target") && form.elements.method.value === method, "the way back leads to the runs again");

    // A claim leads to its experiment even where a filter hides it, and the experiment back to the claim.
    document.getElementById("clear").click();
    await choose("q", "no row has these words");
    check(rows().length === 0 && isSeen(document.getElementById("nothing")), "nothing found says so");
    document.getElementById("clear-again").click();
    await pause();
    const claim = all(".claims th a[href^='#']")[0];
    await choose("dataset", form.elements.dataset.options[form.elements.dataset.options.length - 1].value);
    claim.click();
    await pause();
    const section = document.getElementById(decodeURIComponent(claim.hash.slice(1)));
    check(section && isSeen(section), "a claim leads to its experiment, hidden or not");
    document.getElementById("clear").click();
    await pause();
    const judged = section.querySelector(".facts a[href*='/claims/']");
    judged.click();
    await pause();
    check(isSeen(document.getElementById(decodeURIComponent(judged.hash.slice(1)))), "an experiment leads to its claims");

    // The spec opens.
    const spec = all(".facts a[href$='/spec']")[0];
    spec.click();
    await pause();
    const text = document.getElementById(decodeURIComponent(spec.hash.slice(1)));
    check(isSeen(text) && text.textContent.includes("experiment:"), "a section leads to its spec");

    // Curves answer to the pointer and to the keyboard.
    const charts = all(".chart");
    check(charts.length > 0 && all(".printed").some(function (printed) { return printed.hidden; }), charts.length + " figures have curves");
    const dot = all(".chart .dot").filter(isSeen)[0];
    const frame = dot.getBoundingClientRect();
    const drawing = dot.ownerSVGElement;
    drawing.dispatchEvent(new PointerEvent("pointermove", {
      bubbles: true, clientX: frame.left + frame.width / 2, clientY: frame.top + frame.height / 2
    }));
    const hint = drawing.closest(".chart").querySelector(".hint");
    check(hint.textContent.includes("n = "), "hovering says: " + hint.textContent);
    drawing.dispatchEvent(new PointerEvent("pointerleave"));
    check(hint.textContent === "", "leaving says nothing");
    drawing.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    check(hint.textContent !== "", "arrow keys say: " + hint.textContent);
    const figure = drawing.closest("figure");
    figure.querySelector(".switch").click();
    check(isSeen(figure.querySelector(".printed")) && !isSeen(drawing), "the printed figure is one click away");

    const images = all("img");
    check(images.every(function (image) { return image.complete && image.naturalWidth > 0; }), images.length + " pictures load");
    check(document.documentElement.scrollWidth <= window.innerWidth, "the page is not wider than the window");
  } catch (error) {
    check(false, "the reader stumbled: " + error.stack);
  }
  check(window.pageErrors.length === 0, "no script error" + (window.pageErrors.length ? ": " + window.pageErrors.join("; ") : ""));
  check(true, "the reader is done");
});
