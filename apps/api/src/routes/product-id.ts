import { NotFoundError } from '@sluice/model'

/** 20 url-safe characters. @throws {SluiceError} `not_found` for what cannot be the id of a product */
export function productIdOf(params: Readonly<Record<string, string>>): string {
  const id = params['productId'] ?? ''
  if (!/^[A-Za-z0-9_-]{20}$/.test(id)) throw noProduct(id)
  return id
}

/** In API v2's words. */
export const noProduct = (id: string): NotFoundError => new NotFoundError(`Product with product_id = ${id}`)
