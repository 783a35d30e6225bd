"use strict";
// What every page with sound has.

// Whoever pauses before the sound has begun changed their mind: no fault.  Anything else is one.
function play(audio) {
  audio.play().catch(error => { if (error.name !== "AbortError") throw error; });
}
