// /decisions: the queue of undecided counties.

import { showUndecided } from "/static/pages/finance_undecided.js";

showUndecided();
