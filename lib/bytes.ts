export const MEBIBYTE = 1 << 20;
