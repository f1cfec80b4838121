// What the fields of files without a header look like.
export const number = /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
export const whole = /^\d+$/;
export const epoch = /^\d{9,19}$/;
