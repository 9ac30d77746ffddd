// Talks to the service: sends what is asked for, waits where the service is busy, and asks for a key where it wants one.

import { say } from "./evidence/language.js";

const TRIES = 20; // requests that are sent again before the page gives up
const LONGEST = 120; // seconds that are waited for at once

/** A refusal of the service, or none at all. */
export class ServiceError extends Error {
  /**
   * @param {string} message for people: what is wrong, and what to do
   * @param {string} code of docs/errors.md; "gone" where nothing answers
   */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Wait for some seconds, unless the signal ends it. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end, { once: true });
    setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, 1000 * seconds);
  });
}

/** Fields as a form; lists have commas, null and undefined are left out. */
export function formOf(fields, files = {}) {
  const form = new FormData();
  for (const [name, file] of Object.entries(files)) form.append(name, file, file.name || "picture.png");
  for (const [name, value] of Object.entries(fields)) if (value !== null && value !== undefined) form.append(name, value);
  return form;
}

/** Whether waiting may mend a refusal, and for how many seconds; 0 where not. */
function patience(response, code) {
  if (![429, 503].includes(response.status) || code === "timed_out") return 0;
  const seconds = Number(response.headers.get("Retry-After") ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), LONGEST) : 1;
}

/** The service behind this page. */
export class Client {
  /**
   * @param {string} root address of the page, which everything else lies below
   * @param {{key: ?string, ask: (signal: AbortSignal) => Promise<void>}} keys the key, and what asks for another one
   */
  constructor(root, keys) {
    this.root = root;
    this.keys = keys;
  }

  /** What the service can do; asked for once, and again where that failed. */
  options() {
    this.known ??= this.json("api/v1/options").catch((error) => {
      this.known = null;
      throw error;
    });
    return this.known;
  }

  /** An answer in JSON; see `send`. */
  async json(path, options) {
    const response = await this.send(path, options);
    return response.json();
  }

  /** An answer as a file; see `send`. */
  async blob(path, options) {
    const response = await this.send(path, options);
    return response.blob();
  }

  /**
   * Send a request; a busy service is asked again once it may be.
   *
   * @param {string} path below the page's address
   * @param {{method?: string, form?: FormData, signal?: AbortSignal, onWait?: (seconds: number) => void}} [options]
   *   `form` makes it a POST, `onWait` is told how long is waited for a busy service, and 0 when that is over
   * @returns {Promise<Response>} a success
   * @throws {ServiceError} a refusal, or no answer
   */
  async send(path, { method, form, signal, onWait = () => {} } = {}) {
    for (let left = TRIES; ; left -= 1) {
      const response = await this.#once(path, { method: method ?? (form ? "POST" : "GET"), body: form, signal });
      if (response.ok) return response;
      const error = await this.#refusal(response);
      if (response.status === 401) {
        await this.keys.ask(signal);
      } else {
        const seconds = patience(response, error.code);
        if (seconds === 0 || left === 0) throw error;
        onWait(seconds);
        await pause(seconds, signal);
        onWait(0);
      }
    }
  }

  /** Send a request that nobody waits for, even while the page is being left. */
  forget(path) {
    fetch(this.root + path, { method: "DELETE", headers: this.#headers(), keepalive: true }).catch(() => {});
  }

  async #once(path, options) {
    try {
      return await fetch(this.root + path, { ...options, headers: this.#headers() });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new ServiceError(say("The service does not answer. Is it still running?"), "gone");
    }
  }

  async #refusal(response) {
    try {
      const { error } = await response.json();
      return new ServiceError(error.message, error.code);
    } catch {
      return new ServiceError(say("The service answers with the status {status}.", response), "internal_error");
    }
  }

  #headers() {
    return this.keys.key ? { Authorization: `Bearer ${this.keys.key}` } : {};
  }
}
