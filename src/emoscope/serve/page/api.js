// Talking to the service: the key, errors in words, patience when it is busy.

let key = "";

export function useKey(value) {
  key = value;
}

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Characters that no JSON text can carry over the wire, as the service would refuse them.
export function readable(text) {
  return text
    .replace(/\u0000/g, "")
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
}

export async function get(path) {
  return read(await send(path, { headers: headers() }));
}

export async function post(path, body, signal) {
  for (let attempt = 0; ; attempt++) {
    const response = await send(path, {
      method: "POST",
      headers: headers({ "Content-Type": "application/json" }),
      body: JSON.stringify(body),
      signal,
    });
    const busy = response.status === 429 || response.status === 503;
    if (!busy || attempt === 5) return read(response);
    await pause(1000 * Number(response.headers.get("Retry-After") || 1), signal);
  }
}

function headers(more = {}) {
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

async function send(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The service does not answer. Is it still running?");
  }
}

async function read(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.error || response.statusText);
  return answer;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    });
  });
}
