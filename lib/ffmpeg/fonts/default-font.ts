/** The family of texts that name none. */
export const DEFAULT_FONT = 'DejaVu Sans';
