/** The script of every page: htmx and the few behaviours that HTML does not have by itself. */
import htmx from "htmx.org";
import { watchCopy } from "./lib/copy";
import { watchDialogs } from "./lib/dialogs";
import { watchForms } from "./lib/forms";
import { watchMenus } from "./lib/menus";
import { showCurrentTabs } from "./lib/tabs";
import { watchTheme } from "./lib/theme";
import { watchToasts } from "./lib/toasts";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;

// A form that was refused comes back with its errors; a refusal without a body is a toast and changes nothing.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event as CustomEvent;
  const refusedForm = [400, 422].includes(detail.xhr.status) && detail.serverResponse.trim() !== "";
  if (refusedForm) Object.assign(detail, { shouldSwap: true, isError: false });
});

watchTheme();
watchToasts();
watchDialogs();
watchMenus();
watchCopy();
watchForms();
showCurrentTabs();
