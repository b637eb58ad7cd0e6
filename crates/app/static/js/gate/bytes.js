// @ts-check
// Bytes and their texts.

/** @param {string} text */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** @param {...Uint8Array} parts */
export function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
export function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text an even number of hexadecimal digits */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} bytes without padding */
export function base64url(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} text base64url without padding
 * @returns {Uint8Array | undefined}
 */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return undefined;
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", plain(bytes)));
}

/**
 * Bytes as WebCrypto's types want them: over a buffer that is not shared.
 * @param {Uint8Array} bytes
 */
export function plain(bytes) {
  return /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
}

/**
 * What a zlib stream holds; nothing when it is damaged, followed by others, or longer than that.
 * @param {Uint8Array} small
 * @param {number} most
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function inflate(small, most) {
  const from = new Blob([plain(small)]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await from.read();
      if (done) break;
      size += value.length;
      if (size > most) {
        await from.cancel();
        return undefined;
      }
      parts.push(value);
    }
  } catch {
    return undefined;
  }
  // Not every engine minds what follows a stream: its last four bytes must be the sum of what it held.
  const whole = joined(...parts);
  return small.length > 4 && new DataView(plain(small.slice(-4)).buffer).getUint32(0) === adler32(whole) ? whole : undefined;
}

/** @param {Uint8Array} bytes */
function adler32(bytes) {
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; ) {
    // So many that the sums stay small.
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return b * 65_536 + a;
}
