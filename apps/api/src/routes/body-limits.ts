/** Requests without a meaningful body: old clients send an empty JSON object or a form with them all the same. */
export const BODY_NONE_BYTES = 16 * 1024
/** Keys and devices: a key with every permission and resource it may have stays below. */
export const BODY_SMALL_BYTES = 256 * 1024
