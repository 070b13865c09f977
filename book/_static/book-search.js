// Search shows an excerpt of each page it finds and fetches the page for that, which a browser
// refuses for pages opened from disk: there it lists the titles only.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
document.querySelector(".bd-search-container input")?.focus();
