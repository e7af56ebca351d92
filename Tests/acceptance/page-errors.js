// Notes every error of the page's scripts, from before the first of them runs.
window.pageErrors = [];
window.addEventListener("error", function (event) { window.pageErrors.push(String(event.message || event.type)); }, true);
window.addEventListener("unhandledrejection", function (event) { window.pageErrors.push(String(event.reason)); });
