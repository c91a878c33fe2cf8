// The table of contents: one behaviour a file, each bound by data-behaviour. Pages work without any of them.
import "./behaviours/menu.js";
import "./behaviours/passkey.js";
import "./behaviours/palette.js";
import "./behaviours/panel.js";
import "./behaviours/submit-on-change.js";
import "./behaviours/copy.js";
import "./behaviours/once.js";
import "./behaviours/refresh.js";
import "./behaviours/strength.js";
import "./behaviours/recount.js";
import "./behaviours/suggest.js";
import "./behaviours/live.js";
